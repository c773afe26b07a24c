#include "config.h"

#include "run/share.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cause.h"
#include "core/cleanup.h"
#include "run/join.h"
#include "run/join_key.h"
#include "run/message.h"
#include "run/share_key.h"

/* How often a launch looks again because a server ended or another launch came
   first. Only a crowd that is being killed needs more than two. */
#define ATTEMPTS 40

/* Between two attempts: longer than bind(2) and listen(2) take. */
#define NAP_NS 250000

/* Peers must meet, however busy the machine is: naps grow to 64 ms, and it is
   a minute before they despair of a process that has taken the name and does
   not listen. */
#define PEER_ATTEMPTS      1000
#define PEER_NAP_DOUBLINGS 8

/* If launches come faster than the server answers, and more than may queue. */
#define QUEUE_PATIENCE_S 2

/* The kernel shows ids that are not mapped in our user namespace as this one:
   for nobody, others look like nobody. */
#define OVERFLOW_ID 65534

static socklen_t name_server(struct sockaddr_un *address, const char *key)
{
    int length;

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    length =
        snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
                 "charliecloud-%u-%016jx", geteuid(),
                 (uintmax_t)share_hash(SHARE_HASH_START, key, strlen(key)));
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

bool share_is_own(int socket)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == geteuid() && peer.gid == getegid() &&
           peer.uid != OVERFLOW_ID;
}

static int send_question(int socket, const struct share_message *question,
                         const char *key)
{
    CLEANUP_BUFFER struct buffer message = {0};

    if (buffer_append(&message, question, sizeof(*question)) < 0 ||
        buffer_append(&message, key, strlen(key)) < 0)
        return -1;
    return message_send(socket, message.data, message.length, NULL, 0);
}

static int ask(int socket, const struct plan *plan, const char *key,
               int *places, pid_t *server)
{
    const struct share_message question = {
        .kind = SHARE_ASK, .pid = plan->log.pid, .linger = plan->fuse_linger};

    if (send_question(socket, &question, key) < 0)
        return -1;
    if (message_receive(socket, server, sizeof(*server), places) ==
            sizeof(*server) &&
        places[SHARE_PLACES - 1] >= 0)
        return 0;
    message_close(places);
    return -1;
}

/* Relative sources of binds must mean afterwards what they do now. NULL if we
   are where no path leads. */
static char *working_directory(void)
{
    CLEANUP_FREE char *path = getcwd(NULL, 0);
    struct stat here, there;

    if (!path || stat(".", &here) < 0 || stat(path, &there) < 0 ||
        here.st_dev != there.st_dev || here.st_ino != there.st_ino)
        return NULL;
    return take_ptr(path);
}

/* In the outer user namespace, where we are root. */
static int enter_mounts(const int *places, const char *directory,
                        struct ch_error *err)
{
    /* setns(2) makes what is topmost on "/" our root; we want the host's. */
    if (setns(places[SHARE_MOUNT_NAMESPACE], CLONE_NEWNS) < 0 ||
        fchdir(places[SHARE_HOST_ROOT]) < 0 || chroot(".") < 0) {
        ch_error_set(err, errno, "cannot join the SquashFS server");
        return cause_explain(CAUSES_JOIN, err);
    }
    if (share_leave(err) < 0)
        return -1;
    if (chdir(directory) < 0)
        return ch_error_set(err, errno, "cannot return to \"%s\"", directory);
    return 0;
}

enum answer { ANSWER_JOINED, ANSWER_AGAIN, ANSWER_ALONE, ANSWER_ERROR };

/* There is a socket of that name. */
static enum answer join(int socket, const struct plan *plan, const char *key,
                        struct ch_error *err)
{
    CLEANUP_FREE char *directory = working_directory();
    int places[MESSAGE_DESCRIPTORS];
    enum answer answer = ANSWER_JOINED;
    pid_t server;

    if (!directory || !share_is_own(socket))
        return ANSWER_ALONE;
    if (ask(socket, plan, key, places, &server) < 0)
        return errno == EMFILE ? ANSWER_ALONE : ANSWER_AGAIN;
    /* We are who the server is, outside of its user namespace: the kernel lets
       its owner in, and makes him root there. */
    if (setns(places[SHARE_USER_NAMESPACE], CLONE_NEWUSER) < 0)
        answer = ANSWER_ALONE;
    else if (enter_mounts(places, directory, err) < 0)
        answer = ANSWER_ERROR;
    else
        log_info(&plan->log, "joined the server of pid %ld", (long)server);
    message_close(places);
    return answer;
}

static int open_socket(void)
{
    const struct timeval patience = {.tv_sec = QUEUE_PATIENCE_S};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd >= 0) /* connect(2) waits without end for a full queue otherwise */
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                         sizeof(patience));
    return fd;
}

static enum answer refuse_stranger(struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot meet the peers of --join: the name of their "
                 "socket is taken by another user's process");
    ch_error_hint(err, "another --join-tag makes another name");
    return ANSWER_ERROR;
}

/* The same, and what it leads to is complete. */
static enum answer join_peers(int socket, const struct plan *plan,
                              const struct share *share, struct ch_error *err)
{
    struct share_message question = {.kind = SHARE_ASK, .pid = plan->log.pid};

    if (!share_is_own(socket))
        return refuse_stranger(err);
    if (send_question(socket, &question, share->key) < 0)
        return ANSWER_AGAIN;
    switch (join_enter(plan, socket, share->container, err)) {
    case JOIN_ENTERED:
        return ANSWER_JOINED;
    case JOIN_GONE:
        return ANSWER_AGAIN;
    case JOIN_FAILED:
        break;
    }
    return ANSWER_ERROR;
}

static enum answer attempt(const struct plan *plan, struct share *share,
                           struct ch_error *err)
{
    CLEANUP_CLOSE int fd = open_socket();
    struct sockaddr_un address;
    socklen_t length = name_server(&address, share->key);
    enum answer answer;

    if (fd < 0)
        return ANSWER_ALONE;
    if (connect(fd, (struct sockaddr *)&address, length) == 0) {
        answer = share->container ? join_peers(fd, plan, share, err)
                                  : join(fd, plan, share->key, err);
        share->role = share->container ? SHARE_PEER : SHARE_JOINED;
    } else if (errno != ECONNREFUSED) {
        return ANSWER_ALONE;
    } else if (bind(fd, (struct sockaddr *)&address, length) < 0) {
        /* Another came first, and will listen at once. */
        return errno == EADDRINUSE ? ANSWER_AGAIN : ANSWER_ALONE;
    } else {
        answer = listen(fd, SOMAXCONN) < 0 ? ANSWER_ALONE : ANSWER_JOINED;
        share->role = SHARE_FIRST;
    }
    if (answer == ANSWER_JOINED && share->role == SHARE_PEER)
        share->keeper = take_fd(&fd);
    else if (answer == ANSWER_JOINED)
        share->socket = take_fd(&fd);
    return answer;
}

static void nap(int round)
{
    struct timespec time = {.tv_nsec = (long)NAP_NS << round};

    (void)nanosleep(&time, NULL); /* too short is as good */
}

int share_find_peers(const struct plan *plan, struct share *share,
                     struct ch_error *err)
{
    enum answer answer = ANSWER_AGAIN;

    share->key = join_key(plan);
    share->container = join_description(plan);
    if (!share->key || !share->container)
        return ch_error_set(err, errno, "cannot tell which peers to join");
    for (int i = 0; answer == ANSWER_AGAIN && i < PEER_ATTEMPTS; i++) {
        if (i > 0)
            nap(i < PEER_NAP_DOUBLINGS ? i : PEER_NAP_DOUBLINGS);
        answer = attempt(plan, share, err);
    }
    if (answer == ANSWER_JOINED)
        return 0;
    if (answer == ANSWER_ERROR)
        return -1;
    return ch_error_set(err, errno, "cannot meet the peers of --join");
}

int share_find(const struct plan *plan, struct share *share,
               struct ch_error *err)
{
    enum answer answer = ANSWER_AGAIN;

    *share = (struct share){.socket = -1, .keeper = -1};
    /* What is counted for --stats, and recorded, is of this launch. */
    if (plan->fuse_share && !plan->stats && !plan->record)
        share->key = share_key(plan);
    for (int i = 0; share->key && answer == ANSWER_AGAIN && i < ATTEMPTS; i++) {
        if (i > 0)
            nap(0);
        answer = attempt(plan, share, err);
    }
    if (answer != ANSWER_JOINED)
        share->role = SHARE_ALONE;
    return answer == ANSWER_ERROR ? -1 : 0;
}

int share_open_places(int *places, struct ch_error *err)
{
    static const char *const PATHS[SHARE_PLACES] = {
        [SHARE_USER_NAMESPACE] = "/proc/self/ns/user",
        [SHARE_MOUNT_NAMESPACE] = "/proc/self/ns/mnt",
        [SHARE_HOST_ROOT] = "/",
    };

    for (size_t i = 0; i < SHARE_PLACES; i++) {
        int flags = i == SHARE_HOST_ROOT ? O_PATH | O_DIRECTORY : O_RDONLY;

        places[i] = open(PATHS[i], flags | O_CLOEXEC);
        if (places[i] < 0)
            return ch_error_set(err, errno, "cannot open \"%s\"", PATHS[i]);
    }
    return 0;
}

int share_leave(struct ch_error *err)
{
    /* Root in the outer user namespace, which owns the mount namespace: the
       copy is as much ours, and none of its mounts is locked. */
    if (unshare(CLONE_NEWNS) == 0)
        return 0;
    ch_error_set(err, errno, "cannot create a mount namespace");
    return cause_explain(CAUSES_MOUNT_NAMESPACE, err);
}
