#include "config.h"

#include "run/unsquashfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"

/* Status of our child if it cannot even start unsquashfs. */
#define STATUS_NO_PROGRAM 127

/* unsquashfs ends with 2 when it could not do everything as asked. */
#define STATUS_INCOMPLETE 2

/* What unsquashfs says of device files, the one thing that may be missing. */
#define DEVICE_COMPLAINT "not superuser"

/* In the child of `parent`: stay no longer than it does, and keep what
   unsquashfs(1) needs. */
static int prepare_child(const struct unsquashfs *job, int errors_fd,
                         pid_t parent)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        return -1;
    if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
        dup2(null_fd, STDOUT_FILENO) < 0 || dup2(errors_fd, STDERR_FILENO) < 0)
        return -1;
    if (fcntl(job->image_fd, F_SETFD, 0) < 0 ||
        fcntl(job->lock_fd, F_SETFD, 0) < 0 || fchdir(job->dir_fd) < 0)
        return -1;
    return setenv("LC_ALL", "C", 1);
}

static void exec_unsquashfs(const struct unsquashfs *job, int errors_fd,
                            pid_t parent)
{
    char image[32];  /* "/proc/self/fd/" and a descriptor */
    char offset[24]; /* 64 bits in decimal */
    const char *arguments[16] = {"unsquashfs", "-no-progress", "-user-xattrs",
                                 "-dest", job->name};
    size_t count = 5;

    snprintf(image, sizeof(image), "/proc/self/fd/%d", job->image_fd);
    snprintf(offset, sizeof(offset), "%" PRIu64, job->offset);
    if (job->offset) { /* an option since 4.4 */
        arguments[count++] = "-o";
        arguments[count++] = offset;
    }
    arguments[count] = image;
    if (prepare_child(job, errors_fd, parent) == 0)
        (void)execvp(arguments[0], (char **)arguments); /* or it failed */
    _exit(STATUS_NO_PROGRAM);
}

/* Whether every line complains of a device. The first that does not is left in
   `*complaint`. */
static bool only_devices(char *output, const char **complaint)
{
    for (char *next = output; next;) {
        char *line = strsep(&next, "\n");

        if (!*line || strstr(line, DEVICE_COMPLAINT))
            continue;
        *complaint = line;
        return false;
    }
    return true;
}

static int judge(int status, char *output, struct ch_error *err)
{
    const char *complaint = "no reason given";
    bool devices_only = only_devices(output, &complaint);

    if (WIFSIGNALED(status))
        return ch_error_set(err, 0, "unsquashfs was ended by signal %d",
                            WTERMSIG(status));
    if (WEXITSTATUS(status) == STATUS_NO_PROGRAM) {
        ch_error_set(err, 0, "cannot start unsquashfs");
        return ch_error_hint(err, "install the package squashfs-tools");
    }
    if (WEXITSTATUS(status) == 0 ||
        (WEXITSTATUS(status) == STATUS_INCOMPLETE && devices_only))
        return 0;
    return ch_error_set(err, 0, "unsquashfs: %s", complaint);
}

/* Read to the end, keeping what fits. */
static void read_output(int fd, char *output, size_t size)
{
    char rest[512];
    size_t used = 0;
    ssize_t count;

    do {
        bool full = used == size - 1;

        count = full ? read(fd, rest, sizeof(rest))
                     : read(fd, output + used, size - 1 - used);
        if (count > 0 && !full)
            used += count;
    } while (count > 0 || (count < 0 && errno == EINTR));
    output[used] = '\0';
}

static int run_and_wait(const struct unsquashfs *job, struct ch_error *err)
{
    char output[4096]; /* the first complaints say enough */
    int pipe_fds[2], status;
    pid_t parent = getpid();
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return ch_error_set(err, errno, "cannot start unsquashfs");
    pid = fork();
    if (pid == 0)
        exec_unsquashfs(job, pipe_fds[1], parent);
    (void)close(pipe_fds[1]); /* the child's */
    if (pid < 0) {
        ch_error_set(err, errno, "cannot start unsquashfs");
        (void)close(pipe_fds[0]); /* nobody writes to it */
        return cause_explain(CAUSES_PROCESS, err);
    }
    read_output(pipe_fds[0], output, sizeof(output));
    (void)close(pipe_fds[0]); /* all was read */
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return ch_error_set(err, errno, "cannot wait for unsquashfs");
    return judge(status, output, err);
}

int unsquashfs_run(const struct unsquashfs *job, struct ch_error *err)
{
    /* Where our caller ignores SIGCHLD, nobody could wait for a child. */
    void (*inherited)(int) = signal(SIGCHLD, SIG_DFL);
    int result = run_and_wait(job, err);

    (void)signal(SIGCHLD, inherited); /* the number is right */
    return result;
}
