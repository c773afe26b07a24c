/* measure [-t] COUNT COMMAND [ARG...]

   Run COUNT copies of COMMAND at once and print one line on standard output:

     WALL USER SYSTEM MAXRSS REST

   nanoseconds from the first fork(2) to the end of the last copy, nanoseconds
   of CPU, KiB of the largest process, and nanoseconds from the end of the last
   copy to that of the last process that these have left behind. "{}" in an
   argument becomes a number that no other copy gets, for programs that want a
   name for each container.

   CPU and memory count all descendants, also those that detach, as a server
   does that outlives its starter: orphans become our children (we are a
   subreaper), and we stay until the last of them has ended. That wait is not
   part of WALL. If a copy fails, the status is 1 and nothing is printed.

   With -t WALL is a number that the command prints, of which there is but one
   copy: it measures a part of what it does. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 4096

struct total {
    int64_t wall;
    int64_t user;
    int64_t system;
    long max_rss;
    int64_t rest;
    int failed; /* copies with a status other than 0 */
};

static _Noreturn void fail(const char *action)
{
    fprintf(stderr, "measure: error: cannot %s: %s\n", action, strerror(errno));
    exit(1);
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time); /* cannot fail with this clock */
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t nanoseconds(const struct timeval *time)
{
    return time->tv_sec * INT64_C(1000000000) + time->tv_usec * INT64_C(1000);
}

/* The argument with "{}" replaced, or itself. Never freed: exec follows. */
static char *fill_in(char *argument, int copy)
{
    char *place = strstr(argument, "{}");
    char *filled;

    if (!place)
        return argument;
    if (asprintf(&filled, "%.*s%ld-%d%s", (int)(place - argument), argument,
                 (long)getpid(), copy, place + 2) < 0)
        fail("fill in an argument");
    return filled;
}

/* What a copy prints is in the way of the result: it goes to `output`, or
   nowhere if that is -1. */
static _Noreturn void run_copy(char **command, int copy, int output)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(output < 0 ? null : output, STDOUT_FILENO) < 0)
        fail("open /dev/null");
    for (char **argument = command; *argument; argument++)
        *argument = fill_in(*argument, copy);
    execvp(command[0], command);
    fail(command[0]);
}

static void start_copies(char **command, pid_t *copies, int count, int output)
{
    for (int i = 0; i < count; i++) {
        copies[i] = fork();
        if (copies[i] < 0)
            fail("start a process");
        if (copies[i] == 0)
            run_copy(command, i, output);
    }
}

static int is_copy(pid_t pid, const pid_t *copies, int count)
{
    for (int i = 0; i < count; i++)
        if (copies[i] == pid)
            return 1;
    return 0;
}

/* __WALL: an orphan may have been cloned without SIGCHLD. */
static void wait_for_all(const pid_t *copies, int count, int64_t start,
                         struct total *total)
{
    struct rusage usage;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, __WALL, &usage)) > 0 || errno == EINTR) {
        if (pid <= 0)
            continue;
        total->user += nanoseconds(&usage.ru_utime);
        total->system += nanoseconds(&usage.ru_stime);
        if (usage.ru_maxrss > total->max_rss)
            total->max_rss = usage.ru_maxrss;
        if (!is_copy(pid, copies, count))
            continue;
        total->wall = now() - start;
        total->failed += status != 0;
    }
    if (errno != ECHILD)
        fail("wait");
    total->rest = now() - start - total->wall;
}

static int parse_count(const char *text)
{
    char *end;
    long count = strtol(text, &end, 10);

    if (*end || count < 1 || count > COUNT_MAX) {
        errno = EINVAL;
        fail("read COUNT");
    }
    return count;
}

/* The command has ended, and all of it fits into a pipe. */
static int64_t read_told(int input)
{
    char text[64];
    ssize_t length = read(input, text, sizeof(text) - 1);
    char *end;
    int64_t told;

    if (length < 0)
        fail("read what was printed");
    text[length] = '\0';
    told = strtoll(text, &end, 10);
    if (end == text || *end != '\n') {
        errno = EINVAL;
        fail("read what was printed");
    }
    return told;
}

static struct total measure(char **command, int count, const int *pipe_ends)
{
    struct total total = {0};
    pid_t copies[COUNT_MAX];
    int64_t start = now();

    start_copies(command, copies, count, pipe_ends[1]);
    wait_for_all(copies, count, start, &total);
    if (pipe_ends[0] >= 0 && !total.failed)
        total.wall = read_told(pipe_ends[0]);
    return total;
}

int main(int argc, char **argv)
{
    int pipe_ends[2] = {-1, -1};
    int is_told = argc > 1 && !strcmp(argv[1], "-t");
    struct total total;
    int count;

    argv += is_told;
    if (argc - is_told < 3) {
        fprintf(stderr, "usage: measure [-t] COUNT COMMAND [ARG...]\n");
        return 64;
    }
    count = parse_count(argv[1]);
    if (is_told && pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0)
        fail("make a pipe");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        fail("become a subreaper");
    total = measure(argv + 2, count, pipe_ends);
    if (total.failed)
        return 1;
    printf("%lld %lld %lld %ld %lld\n", (long long)total.wall,
           (long long)total.user, (long long)total.system, total.max_rss,
           (long long)total.rest);
    return 0;
}
