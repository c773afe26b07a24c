#include "config.h"

#include "signal_pipe.h"

#include <stddef.h>
#include <time.h>

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

static bool is_pending(void)
{
    sigset_t pending;

    sigemptyset(&pending);
    (void)sigpending(&pending); /* fails for a bad address only */
    return sigismember(&pending, SIGPIPE);
}

void signal_pipe_block(struct signal_pipe *state)
{
    sigset_t set;

    only_sigpipe(&set);
    state->was_pending = is_pending();
    (void)pthread_sigmask(SIG_BLOCK, &set, &state->before); /* cannot fail */
}

void signal_pipe_restore(const struct signal_pipe *state)
{
    const struct timespec at_once = {0};
    sigset_t set;

    only_sigpipe(&set);
    if (!state->was_pending && is_pending())
        (void)sigtimedwait(&set, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &state->before, NULL);
}
