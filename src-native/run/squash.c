#include "config.h"

#include "run/squash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/compat.h"
#include "run/descriptors.h"
#include "run/engine.h"

#define FUSE_DEVICE "/dev/fuse"

/* The longest error that the server reports before the hand-over. */
#define REPORT_SIZE 1024

bool squash_is_available(const char **reason)
{
    CLEANUP_CLOSE int fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);

    if (fd >= 0)
        return true;
    if (reason)
        *reason = errno == ENOENT   ? "there is no /dev/fuse"
                  : errno == EACCES ? "/dev/fuse may not be opened by you"
                                    : "/dev/fuse cannot be opened";
    return false;
}

/* A child that no wait(2) reports, because its exit signal is 0. With all
   arguments 0 the orders that architectures give them are the same. */
static pid_t clone_unseen(void)
{
    return (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
}

int squash_start(const struct plan *plan, struct squash *squash,
                 struct ch_error *err)
{
    int sockets[2];
    pid_t pid;

    *squash = (struct squash){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return ch_error_set(err, errno, "cannot start the SquashFS service");
    pid = clone_unseen();
    if (pid < 0) {
        ch_error_set(err, errno, "cannot start the SquashFS service");
        (void)close(sockets[0]); /* unused */
        (void)close(sockets[1]);
        return -1;
    }
    squash->is_server = pid == 0;
    squash->socket = sockets[squash->is_server];
    (void)close(sockets[!squash->is_server]); /* the other side's */
    if (!squash->is_server)
        log_trace(&plan->log, "SquashFS server: pid %ld", (long)pid);
    return 0;
}

/* --- ch-run's side ---------------------------------------------------------
 */

static int send_descriptor(int socket, int fd)
{
    char byte = 0;
    struct iovec data = {&byte, 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

/* Wait for the server's report: empty if it serves, else its error. */
static int receive_report(int socket, struct ch_error *err)
{
    char report[REPORT_SIZE];
    ssize_t length;

    /* ECONNRESET comes first, and once, if the server has ended without having
       taken the descriptor; its report is still there. */
    do
        length = recv(socket, report, sizeof(report) - 1, 0);
    while (length < 0 && (errno == EINTR || errno == ECONNRESET));
    if (length == 1 && !report[0])
        return 0;
    if (length <= 0)
        return ch_error_set(err, 0, "the SquashFS server ended unexpectedly");
    report[length] = '\0';
    return ch_error_set(err, 0, "%s", report);
}

static int explain_mount(int errnum, const char *mount_point,
                         struct ch_error *err)
{
    if (errnum == ENOENT || errnum == ENOTDIR)
        return ch_error_hint(err, "\"%s\" must be an existing directory",
                             mount_point);
    if (errnum == ENODEV)
        return ch_error_hint(err, "the kernel has no FUSE; the admin can load "
                                  "it: modprobe fuse");
    if (errnum == EPERM)
        return ch_error_hint(err, "FUSE in user namespaces needs Linux 4.18; "
                                  "ch-checkns tells what this machine allows");
    return -1;
}

/* mount(2) of type fuse, as root of the outer namespace. The kernel wants the
   device to have been opened in that same user namespace. */
static int mount_fuse(int fuse_fd, const char *mount_point,
                      struct ch_error *err)
{
    char options[96]; /* one descriptor and short words */
    int errnum;

    snprintf(options, sizeof(options),
             "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse_fd);
    if (mount("squashfs", mount_point, "fuse.squashfuse_ll",
              MS_NOSUID | MS_NODEV | MS_RDONLY, options) == 0)
        return 0;
    errnum = errno;
    ch_error_set(err, errnum, "cannot mount on \"%s\"", mount_point);
    return explain_mount(errnum, mount_point, err);
}

static int mount_and_hand_over(struct squash *squash, const char *mount_point,
                               struct ch_error *err)
{
    CLEANUP_CLOSE int fuse_fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);

    if (fuse_fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", FUSE_DEVICE);
    if (mount_fuse(fuse_fd, mount_point, err) < 0)
        return -1;
    /* A server that has ended refuses the descriptor, but its report waits. */
    if (send_descriptor(squash->socket, fuse_fd) < 0 && errno != EPIPE)
        return ch_error_set(err, errno, "cannot hand over the mount");
    /* Our copy is gone on return, before anybody touches the mount: else the
       end of the server would not end it, and we would wait for ever. */
    return 0;
}

int squash_mount(const struct plan *plan, struct squash *squash,
                 const char *mount_point, struct ch_error *err)
{
    squash->failed = true;
    if (mount_and_hand_over(squash, mount_point, err) < 0 ||
        receive_report(squash->socket, err) < 0)
        return ch_error_wrap(err, "cannot mount image \"%s\"",
                             plan->image_path);
    squash->failed = false;
    cleanup_close(&squash->socket);
    squash->socket = -1;
    return 0;
}

/* --- the server's side -----------------------------------------------------
 */

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
    int fd;

    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
        return -1; /* ch-run has ended */
    header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS)
        return -1;
    memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

static void report_ready(void *context)
{
    struct squash *squash = context;

    (void)send(squash->socket, "", 1, MSG_NOSIGNAL); /* if nobody listens any
                                                        more, ENODEV follows */
    cleanup_close(&squash->socket);
    squash->socket = -1;
}

static int report_error(const struct squash *squash, struct ch_error *err)
{
    const char *text = ch_error_text(err);

    if (squash->socket >= 0)
        (void)send(squash->socket, text, strnlen(text, REPORT_SIZE - 1),
                   MSG_NOSIGNAL); /* the same */
    ch_error_clear(err);
    return EXIT_SQUASH;
}

/* Become nobody's: no terminal, no directory, no descriptor of the user's, and
   deaf to the signals that are meant for the command. Standard error is kept
   only where something may be said there. */
static int leave_user(const struct plan *plan, const struct squash *squash,
                      struct ch_error *err)
{
    const int kept[] = {plan->image_fd, squash->socket};
    const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                           SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM};
    sigset_t none;

    (void)setsid();   /* cannot fail: a new process leads no group */
    (void)chdir("/"); /* the worst is a directory that stays busy */
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        (void)signal(ignored[i], SIG_IGN); /* the numbers are right */
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* the same */
    (void)prctl(PR_SET_NAME, "ch-run-squashfs");
    return descriptors_close_except(kept, sizeof(kept) / sizeof(kept[0]),
                                    engine_speaks(plan), err);
}

static int serve_image(const struct plan *plan, struct squash *squash,
                       const struct squashfs_engine *engine,
                       struct ch_error *err)
{
    struct squashfs_image *image = engine_open(engine, plan, err);
    int fuse_fd, status;

    if (!image)
        return -1;
    fuse_fd = receive_descriptor(squash->socket);
    if (fuse_fd < 0)
        return 0; /* ch-run failed or was killed before it mounted */
    status = engine->serve(image, fuse_fd, report_ready, squash, err);
    log_debug(&plan->log, "unmounting: %s", plan->image);
    engine_tell_figures(engine, image, plan);
    engine->close(image);
    return status;
}

int squash_serve(const struct plan *plan, struct squash *squash)
{
    struct ch_error err = CH_ERROR_INIT;
    const struct squashfs_engine *engine;

    if (leave_user(plan, squash, &err) < 0)
        return report_error(squash, &err);
    engine = engine_load(plan, &err);
    if (!engine || serve_image(plan, squash, engine, &err) < 0)
        return report_error(squash, &err);
    return 0;
}
