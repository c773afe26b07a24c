#include "config.h"

#include "squashfs/fuse_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"

/* What the mount is called in the kernel's table. */
#define SUBTYPE "squashfuse_ll"
#define SOURCE  "squashfs"

#define HELPER "fusermount3"

/* The descriptor by which the helper gets its end of the socket pair, and how
   it is told. Ours are all above. */
#define HELPER_SOCKET   3
#define HELPER_VARIABLE "_FUSE_COMMFD=3"

extern char **environ;

/* --- root ------------------------------------------------------------------
 */

static int mount_as_root(const char *mountpoint, struct ch_error *err)
{
    char options[96]; /* one descriptor and short words */
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return ch_error_set(err, errno, "cannot open \"/dev/fuse\"");
    snprintf(options, sizeof(options),
             "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions",
             fd, getuid(), getgid());
    if (mount(SOURCE, mountpoint, "fuse." SUBTYPE,
              MS_RDONLY | MS_NOSUID | MS_NODEV, options) == 0)
        return fd;
    ch_error_set(err, errno, "cannot mount on \"%s\"", mountpoint);
    (void)close(fd); /* nothing is mounted on it */
    return -1;
}

/* --- everybody else --------------------------------------------------------
 */

/* Our environment and one more. */
static char **make_environment(void)
{
    size_t count = 0;
    char **variables;

    while (environ[count])
        count++;
    variables = calloc(count + 2, sizeof(*variables));
    if (!variables)
        return NULL;
    variables[0] = (char *)HELPER_VARIABLE;
    memcpy(variables + 1, environ, count * sizeof(*variables));
    return variables;
}

/* Start the helper, with `socket` unless that is -1. Returns 0 or an errno
   value. */
static int spawn_helper(const char *const *argv, int socket, pid_t *pid)
{
    CLEANUP_FREE char **variables = make_environment();
    posix_spawn_file_actions_t actions;
    int errnum = variables ? posix_spawn_file_actions_init(&actions) : ENOMEM;

    if (errnum)
        return errnum;
    if (socket >= 0)
        errnum =
            posix_spawn_file_actions_adddup2(&actions, socket, HELPER_SOCKET);
    if (!errnum)
        errnum =
            posix_spawnp(pid, HELPER, &actions, NULL, (char **)argv, variables);
    (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
    return errnum;
}

/* Returns whether it succeeded. */
static bool wait_for_helper(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The descriptor that the helper has sent; -1 if it has ended instead. */
static int receive_descriptor(int socket)
{
    char byte;
    struct iovec data = {&byte, 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *header;
    ssize_t length;
    int fd;

    do
        length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!header || header->cmsg_type != SCM_RIGHTS)
        return -1;
    memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

/* Two descriptors above the helper's. */
static int make_sockets(int *ours, int *theirs)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    *ours = fcntl(ends[0], F_DUPFD_CLOEXEC, HELPER_SOCKET + 1);
    *theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, HELPER_SOCKET + 1);
    (void)close(ends[0]); /* copied */
    (void)close(ends[1]);
    return *ours < 0 || *theirs < 0 ? -1 : 0;
}

static int mount_by_helper(const char *mountpoint, struct ch_error *err)
{
    const char *const argv[] = {
        HELPER,
        "-o",
        "ro,nosuid,nodev,default_permissions,subtype=" SUBTYPE
        ",fsname=" SOURCE,
        "--",
        mountpoint,
        NULL};
    CLEANUP_CLOSE int ours = -1;
    CLEANUP_CLOSE int theirs = -1;
    int errnum, fd;
    pid_t pid;

    /* Node.js has marked it close-on-exec, but the helper says there why it
       does not mount. Without it only words are lost. */
    (void)fcntl(STDERR_FILENO, F_SETFD, 0);
    if (make_sockets(&ours, &theirs) < 0)
        return ch_error_set(err, errno, "cannot start \"%s\"", HELPER);
    errnum = spawn_helper(argv, theirs, &pid);
    if (errnum)
        return ch_error_set(err, errnum, "cannot start \"%s\"", HELPER);
    (void)close(take_fd(&theirs)); /* the helper's, whose end shows on ours */
    fd = receive_descriptor(ours);
    if (wait_for_helper(pid) && fd >= 0)
        return fd;
    if (fd >= 0)
        (void)close(fd); /* of a mount that failed */
    return ch_error_set(err, 0, "cannot mount on \"%s\"", mountpoint);
}

int fuse_mount_make(const char *mountpoint, struct ch_error *err)
{
    return geteuid() == 0 ? mount_as_root(mountpoint, err)
                          : mount_by_helper(mountpoint, err);
}

void fuse_mount_remove(const char *mountpoint)
{
    const char *const argv[] = {HELPER, "-u",       "-q", "-z",
                                "--",   mountpoint, NULL};
    pid_t pid;

    if (geteuid() == 0)
        (void)umount2(mountpoint, MNT_DETACH); /* see the header */
    else if (spawn_helper(argv, -1, &pid) == 0)
        (void)wait_for_helper(pid); /* the same */
}
