/* SIGPIPE, kept from the calling thread while it writes to a pipe. */

#ifndef CH_SIGNAL_PIPE_H
#define CH_SIGNAL_PIPE_H

#include <signal.h>
#include <stdbool.h>

struct signal_pipe {
    bool was_pending; /* somebody else's, to be left alone */
    sigset_t before;
};

/* Block it: writing to a pipe without readers is just EPIPE. */
void signal_pipe_block(struct signal_pipe *state);

/* In the same thread: drop the one that our writing caused, and unblock. */
void signal_pipe_restore(const struct signal_pipe *state);

#endif
