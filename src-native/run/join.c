#include "config.h"

#include "run/join.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "run/message.h"
#include "run/namespaces.h"
#include "run/service.h"

/* What comes with the namespaces: the keeper, and how the container was made.
 */
struct answer {
    pid_t keeper;
    char container[];
};

/* The caller frees it. NULL: the keeper has ended. */
static struct answer *receive_answer(int socket, int *fds)
{
    CLEANUP_FREE struct answer *answer = NULL;
    ssize_t size;

    do
        size = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC);
    while (size < 0 && errno == EINTR);
    if (size > (ssize_t)sizeof(*answer))
        answer = malloc((size_t)size + 1);
    if (!answer || message_receive(socket, answer, (size_t)size, fds) != size)
        return NULL;
    ((char *)answer)[size] = '\0';
    return take_ptr(answer);
}

/* What stands for an option that is behind the last. */
static const char *or_none(const char *line)
{
    return *line ? line : "no such option";
}

/* Both are lines, one for each option. Tell the first that differs. */
static int refuse_difference(const struct plan *plan, const char *made,
                             const char *wanted, struct ch_error *err)
{
    const char *made_line = made, *wanted_line = wanted;

    for (; *made && *made == *wanted; made++, wanted++) {
        if (*made != '\n')
            continue;
        made_line = made + 1;
        wanted_line = wanted + 1;
    }
    if (*made == *wanted)
        return 0;
    made_line = or_none(made_line);
    wanted_line = or_none(wanted_line);
    ch_error_set(err, 0,
                 "cannot join the container of image \"%s\": it was made with "
                 "%.*s, and this launch has %.*s",
                 plan->image_path, (int)strcspn(made_line, "\n"), made_line,
                 (int)strcspn(wanted_line, "\n"), wanted_line);
    return ch_error_hint(err, "peers give the same options; another --join-tag "
                              "makes another container");
}

enum join_result join_enter(const struct plan *plan, int socket,
                            const char *container, struct ch_error *err)
{
    int fds[MESSAGE_DESCRIPTORS] = {-1, -1, -1, -1};
    CLEANUP_FREE struct answer *answer = receive_answer(socket, fds);
    enum join_result result = JOIN_FAILED;

    if (!answer)
        result = JOIN_GONE;
    else if (refuse_difference(plan, answer->container, container, err) == 0 &&
             namespaces_join(plan, fds[SHARE_INNER_USER_NAMESPACE],
                             fds[SHARE_INNER_MOUNT_NAMESPACE], err) == 0)
        result = JOIN_ENTERED;
    if (result == JOIN_ENTERED)
        log_info(&plan->log, "joined the container that pid %ld keeps",
                 (long)answer->keeper);
    message_close(fds);
    return result;
}

bool join_is_kept(const struct share *share)
{
    return share->role == SHARE_FIRST && share->keeper >= 0;
}

void join_settle(const struct share *share, int fd)
{
    const struct share_message message = {.kind = SHARE_MOUNTED};

    /* Should it fail, the keeper will not let anybody in, and say so. */
    (void)message_send(share->keeper, &message, sizeof(message), &fd, 1);
}

/* What the keeper lets others in by. */
static int open_container(int *fds, struct ch_error *err)
{
    static const char *const PATHS[SHARE_PEER_PLACES] = {
        [SHARE_INNER_USER_NAMESPACE] = "/proc/self/ns/user",
        [SHARE_INNER_MOUNT_NAMESPACE] = "/proc/self/ns/mnt",
    };

    for (size_t i = 0; i < SHARE_PEER_PLACES; i++) {
        fds[i] = open(PATHS[i], O_RDONLY | O_CLOEXEC);
        if (fds[i] < 0)
            return ch_error_set(err, errno, "cannot open \"%s\"", PATHS[i]);
    }
    return 0;
}

static int tell_ready(const struct plan *plan, const struct share *share,
                      struct ch_error *err)
{
    const struct share_message message = {.kind = SHARE_READY,
                                          .pid = plan->log.pid,
                                          .verbosity = plan->log.verbosity};
    int fds[MESSAGE_DESCRIPTORS] = {-1, -1, -1, -1};
    size_t count = share->role == SHARE_FIRST ? SHARE_PEER_PLACES : 0;
    int status = count > 0 ? open_container(fds, err) : 0;

    /* A keeper that has failed refuses the message, but its report waits. */
    if (status == 0 &&
        message_send(share->keeper, &message, sizeof(message), fds, count) <
            0 &&
        errno != EPIPE && errno != ECONNRESET)
        status = ch_error_set(err, errno, "cannot speak to the keeper");
    message_close(fds);
    return status;
}

int join_ready(const struct plan *plan, struct share *share,
               struct ch_error *err)
{
    bool waits = share->role == SHARE_FIRST || plan->join.count > 0;

    if (!share->container)
        return 0;
    if (share->role == SHARE_FIRST)
        log_info(&plan->log, "made a container for peers to join");
    if (plan->join.count > 0)
        log_info(&plan->log, "waiting until %u peers are in the container",
                 plan->join.count);
    if (waits && (tell_ready(plan, share, err) < 0 ||
                  service_receive_report(share->keeper, "its keeper", err) < 0))
        return ch_error_wrap(err, "cannot share the container with peers");
    cleanup_close(&share->keeper);
    share->keeper = -1;
    return 0;
}

void join_release(struct share *share)
{
    cleanup_close(&share->socket);
    cleanup_close(&share->keeper);
    free(share->key);
    free(share->container);
}

static int open_namespace_of(pid_t pid, const char *name, struct ch_error *err)
{
    char path[40]; /* "/proc/", a number, "/ns/" and a short name */
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/ns/%s", (long)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT)
        return ch_error_set(err, 0,
                            "cannot join the container of process %ld: there "
                            "is no such process",
                            (long)pid);
    ch_error_set(err, errno, "cannot join the container of process %ld",
                 (long)pid);
    return ch_error_hint(err, "it must be yours, and started by ch-run");
}

int join_process(const struct plan *plan, struct ch_error *err)
{
    CLEANUP_CLOSE int user_fd = open_namespace_of(plan->join.pid, "user", err);
    CLEANUP_CLOSE int mount_fd = -1;

    if (user_fd < 0)
        return -1;
    mount_fd = open_namespace_of(plan->join.pid, "mnt", err);
    if (mount_fd < 0)
        return -1;
    if (plan->bind_count > 0)
        log_warning(&plan->log,
                    "binds are left out: the container of process %ld is as "
                    "it is",
                    (long)plan->join.pid);
    if (namespaces_join(plan, user_fd, mount_fd, err) < 0)
        return ch_error_wrap(err, "cannot join the container of process %ld",
                             (long)plan->join.pid);
    return 0;
}
