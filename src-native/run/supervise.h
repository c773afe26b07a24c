/* Being the parent of one process that matters: signals are passed on to it,
   what it leaves behind is reaped. */

#ifndef CH_SUPERVISE_H
#define CH_SUPERVISE_H

#include <signal.h>
#include <sys/types.h>

/* Block all signals, before there is a child whose end could be missed. What
   was blocked until then is in `*before`, for the child to restore. */
void supervise_prepare(sigset_t *before);

/* What else there is to do meanwhile; either function may be NULL. */
struct supervision {
    /* A signal has stopped the child. */
    void (*stopped)(void *context, int number);
    /* SIGIO has come from the kernel. */
    void (*ready)(void *context);
    void *context;
};

/* Wait for the end of `child`; returns its status as from wait(2). Signals that
   somebody sends to us go to the child. Those of the terminal do not: the child
   is in the same process group and has them already. */
int supervise(pid_t child, const struct supervision *supervision);

/* Stop as a process that this signal has stopped, until SIGCONT. */
void supervise_stop_as(int number);

/* End as a process with this status has ended. */
void supervise_end_as(int status) __attribute__((noreturn));

#endif
