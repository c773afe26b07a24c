#include "config.h"

#include "checkns/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"

/* How often a check is tried that found no namespace left, and how long we
   wait before the next try. */
#define TRIES             6
#define PAUSE_NANOSECONDS 50000000

/* In the child: try, tell, end. The failure is far smaller than PIPE_BUF, so
   that it is written whole or not at all. */
static _Noreturn void try_and_tell(const struct check *check, int fd)
{
    struct failure failure = {0};

    if (check->try(&failure) == 0)
        _exit(0);
    if (write(fd, &failure, sizeof(failure)) != sizeof(failure))
        _exit(2);
    _exit(1);
}

/* What became of the child, and what it wrote. */
static int collect(const struct check *check, pid_t child, int fd,
                   struct outcome *outcome, struct ch_error *err)
{
    struct outcome seen = {0};
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return ch_error_set(err, errno, "cannot wait for check \"%s\"",
                                check->name);
    seen.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    seen.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (!seen.ok && !seen.signal &&
        read(fd, &seen.failure, sizeof(seen.failure)) != sizeof(seen.failure))
        return ch_error_set(err, 0, "check \"%s\" ended without an answer",
                            check->name);
    *outcome = seen;
    return 0;
}

static int run_once(const struct check *check, struct outcome *outcome,
                    struct ch_error *err)
{
    CLEANUP_CLOSE int reader = -1;
    CLEANUP_CLOSE int writer = -1;
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return ch_error_set(err, errno, "cannot make a pipe");
    reader = ends[0];
    writer = ends[1];
    child = fork();
    if (child < 0)
        return ch_error_set(err, errno, "cannot start a process");
    if (child == 0)
        try_and_tell(check, writer);
    cleanup_close(&writer);
    writer = -1; /* only the child writes, so that its end is the end */
    return collect(check, child, reader, outcome, err);
}

/* The kernel frees the namespaces of an ended process some time later. Where
   few are allowed, those of the check before may still count. */
int check_run(const struct check *check, struct outcome *outcome,
              struct ch_error *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};

    for (int try = 1; try <= TRIES; try++) {
        if (run_once(check, outcome, err) < 0)
            return -1;
        if (outcome->ok || outcome->failure.errnum != ENOSPC)
            break;
        (void)nanosleep(&pause, NULL); /* cut short, it only tries sooner */
    }
    return 0;
}
