#include "config.h"

#include "run/squash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "run/descriptors.h"
#include "run/engine.h"
#include "run/keeper.h"
#include "run/message.h"
#include "run/record_file.h"
#include "run/service.h"
#include "run/syslog.h"
#include "run/unseen.h"

#define FUSE_DEVICE "/dev/fuse"

bool squash_is_available(const char **reason)
{
    CLEANUP_CLOSE int fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);
    const struct cause *cause;

    if (fd >= 0)
        return true;
    cause = cause_find(CAUSES_FUSE_DEVICE, errno);
    if (reason)
        *reason = cause ? cause->text : FUSE_DEVICE " cannot be opened";
    return false;
}

static int start_server(struct squash *squash, struct ch_error *err)
{
    pid_t pid = service_start(&squash->socket);

    if (pid < 0) {
        ch_error_set(err, errno, "cannot start the SquashFS service");
        return cause_explain(CAUSES_PROCESS, err);
    }
    squash->is_server = pid == 0;
    return 0;
}

int squash_start(const struct plan *plan, bool leads, struct squash *squash,
                 struct ch_error *err)
{
    *squash = (struct squash){.share = {.role = SHARE_ALONE, .socket = -1},
                              .socket = -1};
    engine_tell_choice(plan);
    if (leads && share_find(plan, &squash->share, err) < 0)
        return -1;
    if (squash->share.role == SHARE_JOINED) {
        squash->socket = take_fd(&squash->share.socket);
        return 0;
    }
    if (start_server(squash, err) < 0)
        return -1;
    if (!squash->is_server) {
        /* Its name must not outlive the server. */
        cleanup_close(&squash->share.socket);
        squash->share.socket = -1;
    }
    return 0;
}

/* --- ch-run's side ---------------------------------------------------------
 */

/* mount(2) of type fuse, as root of the outer namespace. The kernel wants the
   device to have been opened in that same user namespace. It looks at the
   owner, who is the user, and at the modes, as in any directory: else a file
   of mode 000 could be read, but not through an overlay, and access(2) and
   chdir(2) would ask the server. */
static int mount_fuse(int fuse_fd, const char *mount_point,
                      struct ch_error *err)
{
    char options[96]; /* one descriptor and short words */

    snprintf(options, sizeof(options),
             "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions",
             fuse_fd);
    if (mount("squashfs", mount_point, "fuse.squashfuse_ll",
              MS_NOSUID | MS_NODEV | MS_RDONLY, options) == 0)
        return 0;
    ch_error_set(err, errno, "mount(2) failed");
    return cause_explain(CAUSES_FUSE_MOUNT, err);
}

/* What the server gets: the mount, and for others the places to join. */
static int hand_over(const struct squash *squash, int fuse_fd,
                     struct ch_error *err)
{
    int fds[MESSAGE_DESCRIPTORS] = {-1, -1, -1, -1};
    int *places = fds + 1;
    bool is_first = squash->share.role == SHARE_FIRST;
    int status = 0;

    fds[0] = fuse_fd;
    if (is_first && share_open_places(places, err) < 0)
        status = -1;
    /* A server that has ended refuses the descriptors, but its report waits. */
    else if (message_send(squash->socket, "", 1, fds,
                          is_first ? 1 + SHARE_PLACES : 1) < 0 &&
             errno != EPIPE)
        status = ch_error_set(err, errno, "cannot hand over the mount");
    fds[0] = -1; /* the caller's */
    message_close(fds);
    return status;
}

static int mount_and_hand_over(struct squash *squash, const char *mount_point,
                               struct ch_error *err)
{
    CLEANUP_CLOSE int fuse_fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);

    if (fuse_fd < 0) {
        ch_error_set(err, errno, "cannot open \"%s\"", FUSE_DEVICE);
        return cause_explain(CAUSES_FUSE_DEVICE, err);
    }
    if (mount_fuse(fuse_fd, mount_point, err) < 0 ||
        hand_over(squash, fuse_fd, err) < 0)
        return -1;
    /* Our copy is gone on return, before anybody touches the mount: else the
       end of the server would not end it, and we would wait for ever. */
    return 0;
}

/* The mount namespace of the server is for others, too. */
static int leave_if_first(const struct squash *squash, struct ch_error *err)
{
    return squash->share.role == SHARE_FIRST ? share_leave(err) : 0;
}

int squash_mount(const struct plan *plan, struct squash *squash,
                 const char *mount_point, struct ch_error *err)
{
    if (squash->share.role == SHARE_JOINED)
        return 0;
    squash->failed = true;
    if (mount_and_hand_over(squash, mount_point, err) < 0 ||
        leave_if_first(squash, err) < 0 ||
        service_receive_report(squash->socket, "the SquashFS server", err) < 0)
        return ch_error_wrap(err, "cannot mount image \"%s\"",
                             plan->image_path);
    squash->failed = false;
    record_file_begin(plan);
    if (squash->share.role == SHARE_ALONE) {
        cleanup_close(&squash->socket);
        squash->socket = -1;
    }
    return 0;
}

bool squash_is_shared(const struct squash *squash)
{
    return squash->socket >= 0;
}

void squash_settle(const struct plan *plan, struct squash *squash, int fd)
{
    const struct share_message message = {.kind = SHARE_MOUNTED,
                                          .pid = plan->log.pid,
                                          .verbosity = plan->log.verbosity,
                                          .linger = plan->fuse_linger};
    const int fds[] = {fd, STDERR_FILENO};
    /* Peers outlive the first: who reads there must not wait for them. */
    bool speaks =
        log_shows(&plan->log, LOG_LEVEL_INFO) && !plan->join.is_wanted;

    /* Should it fail, or not be understood, nobody else joins the server. */
    (void)message_send(squash->socket, &message, sizeof(message), fds,
                       speaks ? 2 : 1);
    cleanup_close(&squash->socket);
    squash->socket = -1;
}

/* --- the server's side -----------------------------------------------------
 */

/* What the functions that the engine calls have to know. */
struct service {
    const struct plan *plan;
    struct squash *squash;
    struct keeper keeper;
};

/* By any thread of the engine. */
static void report_damage(void *context, const char *text)
{
    struct service *service = context;
    const struct plan *plan = service->plan;
    CLEANUP_FREE char *line = NULL;

    syslog_damage(plan->image, text);
    if (asprintf(&line, "\"%s\" is damaged: %s", plan->image, text) < 0)
        line = NULL;
    else if (service->keeper.state)
        keeper_tell(&service->keeper, line);
    else
        log_info(&plan->log, "%s", line);
}

static void report_ready(void *context)
{
    struct service *service = context;
    int socket = service->squash->socket;

    service_report_ready(socket); /* if nobody listens any more, ENODEV
                                     follows */
    service->squash->socket = -1;
    if (service->squash->share.role != SHARE_FIRST) {
        (void)close(socket); /* nothing more is said */
        return;
    }
    /* Others might outlive the first launch, and who reads there would wait for
       them. Standard output is /dev/null. */
    (void)dup2(STDOUT_FILENO, STDERR_FILENO); /* both are open */
    keeper_start(&service->keeper, socket);
}

static int report_error(const struct plan *plan, const struct squash *squash,
                        struct ch_error *err)
{
    const char *text = ch_error_text(err);

    if (squash->socket >= 0)
        service_report_error(squash->socket, text);
    else
        syslog_server_error(plan->image, text);
    ch_error_clear(err);
    return EXIT_SQUASH;
}

/* Become nobody's: no terminal, no directory, no descriptor of the user's, and
   deaf to the signals that are meant for the command. Standard error is kept
   only where something may be said there. */
static int leave_user(const struct plan *plan, const struct squash *squash,
                      struct ch_error *err)
{
    /* What is recorded is of one launch: there is one of the two at most. */
    const int kept[] = {plan->image_fd, squash->socket,
                        plan->record_fd >= 0 ? plan->record_fd
                                             : squash->share.socket};
    bool has_third = squash->share.role != SHARE_ALONE || plan->record_fd >= 0;

    unseen_detach("ch-run-squashfs");
    return descriptors_close_except(kept, has_third ? 3 : 2,
                                    engine_speaks(plan), err);
}

static int serve_image(const struct plan *plan, struct squash *squash,
                       const struct squashfs_engine *engine,
                       struct ch_error *err)
{
    struct service service = {
        .squash = squash,
        .plan = plan,
        .keeper = {.plan = plan, .share = &squash->share},
    };
    struct squashfs_image *image =
        engine_open(engine, plan, report_damage, &service, err);
    int fds[MESSAGE_DESCRIPTORS];
    ssize_t length;
    char byte;
    int status;

    if (!image)
        return -1;
    length = message_receive(squash->socket, &byte, 1, fds);
    if (length < 0)
        return ch_error_set(err, errno, "cannot take over the mount");
    if (length == 0)
        return 0; /* ch-run failed or was killed before it mounted */
    memcpy(service.keeper.places, fds + 1, sizeof(service.keeper.places));
    status = engine->serve(image, fds[0], report_ready, &service, err);
    if (squash->share.role == SHARE_ALONE)
        log_debug(&plan->log, "unmounting: %s", plan->image);
    engine_tell_figures(engine, image, plan);
    engine->close(image);
    return status;
}

static int serve(const struct plan *plan, struct squash *squash)
{
    struct ch_error err = CH_ERROR_INIT;
    const struct squashfs_engine *engine;

    log_trace(&plan->log, "SquashFS server: pid %ld", (long)getpid());
    if (leave_user(plan, squash, &err) < 0)
        return report_error(plan, squash, &err);
    engine = engine_load(plan, &err);
    if (!engine || serve_image(plan, squash, engine, &err) < 0)
        return report_error(plan, squash, &err);
    return 0;
}

/* The server's parent, which has nothing open and nothing else to do. A server
   that is ended by SIGKILL cannot say so itself. */
static int watch_server(const struct plan *plan, pid_t server)
{
    struct ch_error err = CH_ERROR_INIT;
    int status = 0;
    pid_t pid;

    unseen_detach("ch-run-watcher");
    if (descriptors_close_except(NULL, 0, false, &err) < 0) {
        ch_error_clear(&err);
        return EXIT_SQUASH; /* nobody waits for it to end */
    }
    do
        pid = waitpid(server, &status, __WALL);
    while (pid < 0 && errno == EINTR);
    if (pid == server && WIFSIGNALED(status))
        syslog_server_signal(plan->image, WTERMSIG(status));
    return 0;
}

int squash_serve(const struct plan *plan, struct squash *squash)
{
    pid_t server = syslog_is_there() ? unseen_fork() : 0;

    /* Where there can be no further process, nobody watches this one. */
    return server > 0 ? watch_server(plan, server) : serve(plan, squash);
}
