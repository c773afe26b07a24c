/* Processes of ours that live beside the command and that nobody shall notice:
   the SquashFS server, the holder of an overlay. */

#ifndef CH_UNSEEN_H
#define CH_UNSEEN_H

#include <sys/types.h>

/* fork(2), but no wait(2) will report the child: its exit signal is 0. */
pid_t unseen_fork(void);

/* In the child: no terminal, no directory, deaf to the signals that are meant
   for the command, and called `name` in the list of processes. */
void unseen_detach(const char *name);

#endif
