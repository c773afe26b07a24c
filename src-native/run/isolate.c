#include "config.h"

#include "run/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cause.h"
#include "core/cleanup.h"
#include "run/supervise.h"

static const struct {
    const char *name;
    enum isolation kind;
} KINDS[] = {{"ipc", ISOLATE_IPC}, {"net", ISOLATE_NET}, {"pid", ISOLATE_PID}};

static unsigned find_kind(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
        if (strlen(KINDS[i].name) == length &&
            !strncmp(KINDS[i].name, name, length))
            return KINDS[i].kind;
    return 0;
}

int isolate_parse(struct plan *plan, const char *list, struct ch_error *err)
{
    for (const char *name = list; name;) {
        size_t length = strcspn(name, ",");
        unsigned kind = find_kind(name, length);

        if (!kind)
            return ch_error_set(err, 0,
                                "option \"--isolate=%s\": \"%.*s\" is not "
                                "\"ipc\", \"net\" or \"pid\"",
                                list, (int)length, name);
        plan->isolated |= kind;
        name = name[length] ? name + length + 1 : NULL;
    }
    return 0;
}

char *isolate_text(const struct plan *plan)
{
    CLEANUP_BUFFER struct buffer text = {0};

    if (buffer_printf(&text, "%s", "") < 0)
        return NULL;
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
        if (plan->isolated & KINDS[i].kind &&
            buffer_printf(&text, "%s%s", text.length ? "," : "",
                          KINDS[i].name) < 0)
            return NULL;
    return take_ptr(text.data);
}

int isolate_flags(const struct plan *plan)
{
    return (plan->isolated & ISOLATE_IPC ? CLONE_NEWIPC : 0) |
           (plan->isolated & ISOLATE_NET ? CLONE_NEWNET : 0);
}

int isolate_network(const struct plan *plan, struct ch_error *err)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    CLEANUP_CLOSE int fd = -1;

    if (!(plan->isolated & ISOLATE_NET))
        return 0;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        return ch_error_set(err, errno,
                            "cannot start the container's loopback device");
    return 0;
}

/* Fork with all signals blocked in the parent, which then supervises. */
static pid_t fork_supervised(struct ch_error *err)
{
    sigset_t before;
    pid_t pid;

    supervise_prepare(&before);
    pid = fork();
    if (pid > 0)
        return pid;
    (void)sigprocmask(SIG_SETMASK, &before, NULL); /* it came from there */
    if (pid < 0) {
        ch_error_set(err, errno, "cannot start a process");
        (void)cause_explain(CAUSES_PROCESS, err);
    }
    return pid;
}

int isolate_processes(const struct plan *plan, struct isolate *isolate,
                      struct ch_error *err)
{
    int sockets[2];

    if (!(plan->isolated & ISOLATE_PID))
        return 0;
    /* Root in the outer user namespace, which will own the new namespace; our
       children are in it, and we are not. */
    if (unshare(CLONE_NEWPID) < 0) {
        ch_error_set(err, errno, "cannot create a PID namespace");
        return cause_explain(CAUSES_PID_NAMESPACE, err);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return ch_error_set(err, errno, "cannot isolate processes");
    /* What process 1 says comes to us as a signal, like all else. */
    if (fcntl(sockets[1], F_SETOWN, getpid()) < 0 ||
        fcntl(sockets[1], F_SETFL, O_ASYNC) < 0)
        return ch_error_set(err, errno, "cannot isolate processes");
    isolate->child = fork_supervised(err);
    if (isolate->child < 0) {
        (void)close(sockets[1]); /* first: the other's end would be a signal */
        (void)close(sockets[0]);
        return -1;
    }
    isolate->socket = sockets[isolate->child != 0];
    (void)close(sockets[isolate->child == 0]); /* the other side's */
    return 0;
}

/* What process 1 has to say: that the command was stopped, or how it ended. */
struct report {
    const struct isolate *isolate;
    int status; /* as from wait(2) */
    bool is_final;
    bool is_late; /* nobody is left who could be stopped */
};

/* The shell that waits for us must see that we stop, too, but not before the
   command has: it might still read what is typed for the shell. */
static void hear(void *context)
{
    struct report *report = context;
    int status;

    while (recv(report->isolate->socket, &status, sizeof(status),
                MSG_DONTWAIT) == sizeof(status)) {
        report->is_final = !WIFSTOPPED(status);
        report->status = status;
        if (!report->is_final && !report->is_late)
            supervise_stop_as(WSTOPSIG(status));
    }
}

void isolate_wait(struct isolate *isolate)
{
    struct report report = {.isolate = isolate};
    const struct supervision supervision = {.ready = hear, .context = &report};
    int status = supervise(isolate->child, &supervision);

    /* Process 1 cannot end by a signal of its own, and says how it was. */
    report.is_late = true;
    hear(&report);
    supervise_end_as(report.is_final ? report.status : status);
}

/* Process 1 does nothing that needs power over the container. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    (void)syscall(SYS_capset, &header, none); /* less is always allowed */
}

static void tell(const struct isolate *isolate, int status)
{
    (void)send(isolate->socket, &status, sizeof(status),
               MSG_NOSIGNAL); /* nobody else is there to be told */
}

static void tell_stop(void *context, int number)
{
    tell(context, W_STOPCODE(number));
}

static void run_init(struct isolate *isolate, pid_t command)
    __attribute__((noreturn));

static void run_init(struct isolate *isolate, pid_t command)
{
    const struct supervision supervision = {.stopped = tell_stop,
                                            .context = isolate};
    struct pollfd other = {.fd = isolate->socket};

    drop_capabilities();
    (void)prctl(PR_SET_NAME, "ch-run-init");
    /* The container ends with who waits for it, even if that was killed a
       moment ago. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (poll(&other, 1, 0) > 0)
        _exit(EXIT_MISC);
    tell(isolate, supervise(command, &supervision));
    _exit(EXIT_SUCCESS);
}

int isolate_become_init(const struct plan *plan, struct isolate *isolate,
                        struct ch_error *err)
{
    pid_t pid;

    if (!(plan->isolated & ISOLATE_PID))
        return 0;
    pid = fork_supervised(err);
    if (pid > 0)
        run_init(isolate, pid);
    return (int)pid;
}
