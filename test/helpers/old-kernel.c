/* old-kernel COMMAND [ARG...]

   Run COMMAND on what looks like Linux 4.18, the oldest kernel that we are
   meant for: how the test suite is run on one that no test machine has.

   - System calls that came later answer ENOSYS. From 424 on (Linux 5.1) all
     architectures number them alike, in the order in which they came.
   - overlayfs is refused with EPERM, as in every user namespace before 5.11. A
     filter sees the address of the file system's name and not the name: it
     asks this process about each new mount (SECCOMP_RET_USER_NOTIF), which
     reads the name in the caller's memory. LD_PRELOAD would miss what is linked
     statically, and unloading overlayfs would be for the whole machine.
   - Newer kinds of prctl(2) and madvise(2) answer EINVAL.

   Not hidden are features that have no call of their own: those of FUSE, which
   the server negotiates, and user extended attributes on tmpfs (6.6).

   The filter is inherited by all descendants. Started by an ordinary user it
   brings no_new_privs, so that fusermount3 and sudo do not work. */

#include "config.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's interface, which headers before 5.5 lack in part. */
#ifndef SECCOMP_RET_USER_NOTIF
#define SECCOMP_RET_USER_NOTIF 0x7fc00000U
#endif
#ifndef SECCOMP_FILTER_FLAG_NEW_LISTENER
#define SECCOMP_FILTER_FLAG_NEW_LISTENER 8
#endif

struct notice {
    uint64_t id;
    uint32_t pid;
    uint32_t flags;
    struct seccomp_data data;
};

struct answer {
    uint64_t id;
    int64_t value;
    int32_t error; /* negative errno */
    uint32_t flags;
};

#define NOTICE_RECEIVE _IOWR('!', 0, struct notice)
#define ANSWER_SEND    _IOWR('!', 1, struct answer)
#define GO_ON          1U /* SECCOMP_USER_NOTIF_FLAG_CONTINUE */

/* The first call after 4.18, and the last options of 4.18. */
#define FIRST_NEW_CALL   424
#define LAST_OLD_PRCTL   53 /* PR_SET_SPECULATION_CTRL */
#define FIRST_NEW_ADVICE 20 /* MADV_COLD */
#define LAST_NEW_ADVICE  30

/* Mounts that have no type. */
#define UNTYPED                                                                \
    (MS_REMOUNT | MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE |      \
     MS_UNBINDABLE)

#define LOW_WORD (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0)
#define ARGUMENT(number)                                                       \
    (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (number) + LOW_WORD)

#define LOAD(offset)     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define ANSWER(value)    BPF_STMT(BPF_RET | BPF_K, value)
#define FAIL_WITH(error) ANSWER(SECCOMP_RET_ERRNO | (error))

static _Noreturn void fail(const char *action)
{
    fprintf(stderr, "old-kernel: error: cannot %s: %s\n", action,
            strerror(errno));
    exit(77);
}

/* --- the filter ------------------------------------------------------------
 */

/* Jumps count the instructions that follow. Returns the descriptor by which
   the filter asks. */
static int install_filter(void)
{
    struct sock_filter filter[] = {
        LOAD(offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW_CALL, 0, 10),
        FAIL_WITH(ENOSYS),
        /* mount */
        LOAD(ARGUMENT(3)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, UNTYPED, 7, 0),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        /* prctl */
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_PTRACER, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_OLD_PRCTL, 4, 3),
        /* madvise */
        LOAD(ARGUMENT(2)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW_ADVICE, 0, 1),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_NEW_ADVICE, 0, 1),
        ANSWER(SECCOMP_RET_ALLOW),
        FAIL_WITH(EINVAL),
    };
    struct sock_fprog program = {
        .len = sizeof(filter) / sizeof(filter[0]),
        .filter = filter,
    };
    int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                          SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

    if (fd >= 0 || errno != EACCES)
        return fd;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* --- the child -------------------------------------------------------------
 */

union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

static void send_descriptor(int socket, int fd)
{
    char byte = 0;
    struct iovec part = {&byte, 1};
    union control control = {0};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    if (sendmsg(socket, &message, 0) < 0)
        fail("send the listener");
}

static _Noreturn void run_command(int socket, char **command)
{
    int fd = install_filter();

    if (fd < 0)
        fail("install the filter, which needs Linux 5.5");
    send_descriptor(socket, fd);
    (void)close(fd); /* sent */
    (void)close(socket);
    execvp(command[0], command);
    fail("start the command");
}

/* --- the parent ------------------------------------------------------------
 */

/* -1: the child has ended instead, and said why. */
static int receive_descriptor(int socket)
{
    char byte;
    struct iovec part = {&byte, 1};
    union control control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    int fd;

    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0)
        return -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

/* The string of `size` bytes at most; what cannot be read is an empty one. A
   transfer ends at a page that is not there, behind the string. */
static void read_string(pid_t pid, uint64_t address, char *text, size_t size)
{
    size_t length = 0;

    for (; length < size - 1; length++) {
        struct iovec local = {text + length, 1};
        struct iovec remote = {(void *)(uintptr_t)(address + length), 1};

        if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != 1 ||
            !text[length])
            break;
    }
    text[length] = '\0';
}

/* Whoever asked may have been killed meanwhile: no answer is wanted then. */
static void answer_one(int listener)
{
    struct notice notice = {0};
    struct answer answer = {.flags = GO_ON};
    char type[16]; /* longer than the only name that counts */

    if (ioctl(listener, NOTICE_RECEIVE, &notice) < 0)
        return;
    read_string((pid_t)notice.pid, notice.data.args[2], type, sizeof(type));
    answer.id = notice.id;
    if (!strcmp(type, "overlay")) {
        answer.flags = 0;
        answer.error = -EPERM;
    }
    (void)ioctl(listener, ANSWER_SEND, &answer); /* see above */
}

static void note_child(int number)
{
    (void)number; /* to interrupt ppoll(2) is all that it is for */
}

/* Answer until the child has ended; returns how, as a shell would. */
static int supervise(int listener, pid_t child, const sigset_t *unblocked)
{
    struct pollfd poll = {.fd = listener, .events = POLLIN};
    int status;

    while (waitpid(child, &status, WNOHANG) == 0)
        if (ppoll(&poll, 1, NULL, unblocked) > 0) {
            if (poll.revents & POLLIN)
                answer_one(listener);
            else
                poll.fd = -1; /* nobody is left who could ask */
        }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = note_child};
    sigset_t blocked, unblocked;
    int sockets[2], listener;
    pid_t child;

    if (argc < 2) {
        fprintf(stderr, "usage: old-kernel COMMAND [ARG...]\n");
        return 64;
    }
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    if (sigaction(SIGCHLD, &action, NULL) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        fail("set up");
    child = fork();
    if (child < 0)
        fail("start a process");
    if (child == 0)
        run_command(sockets[1], argv + 1);
    /* SIGCHLD arrives only while we wait in ppoll(2). */
    (void)sigprocmask(SIG_BLOCK, &blocked, &unblocked); /* cannot fail */
    (void)close(sockets[1]);                            /* the child's */
    listener = receive_descriptor(sockets[0]);
    return supervise(listener, child, &unblocked);
}
