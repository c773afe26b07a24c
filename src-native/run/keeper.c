#include "config.h"

#include "run/keeper.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "run/affinity.h"
#include "run/message.h"

/* What is polled besides connections. */
enum { POLL_LISTENER, POLL_INOTIFY, POLL_OTHERS };

struct launch {
    int socket; /* until it has mounted; then -1 */
    int watch;  /* from then on */
    pid_t pid;
    int verbosity;
    int stderr_fd; /* or -1 */
    char *missed;  /* what was to be said before it was there; owned */
};

struct keeper_state {
    struct keeper keeper;
    pthread_mutex_t lock; /* of the launches: engine threads read them */
    size_t key_length;
    int inotify_fd;
    bool is_busy; /* nobody is let in: the first launch is not done yet, or a
                     descriptor must become free */
    unsigned linger;
    struct launch *launches;
    struct pollfd *polled; /* POLL_OTHERS, then one for each launch */
    size_t count, capacity;
    char *message; /* room for the longest that is valid, and a byte */
};

static void close_fd(int *fd)
{
    cleanup_close(fd);
    *fd = -1;
}

static int make_room(struct keeper_state *state)
{
    size_t capacity = state->capacity ? 2 * state->capacity : 16;
    struct launch *launches;
    struct pollfd *polled;

    if (state->count < state->capacity)
        return 0;
    launches =
        reallocarray(state->launches, capacity, sizeof(*state->launches));
    if (!launches)
        return -1;
    state->launches = launches;
    polled = reallocarray(state->polled, capacity + POLL_OTHERS,
                          sizeof(*state->polled));
    if (!polled)
        return -1;
    state->polled = polled;
    state->capacity = capacity;
    return 0;
}

static int add_launch(struct keeper_state *state, int socket)
{
    if (make_room(state) < 0)
        return -1;
    state->launches[state->count++] =
        (struct launch){.socket = socket, .watch = -1, .stderr_fd = -1};
    return 0;
}

/* Forget the launch; the last one takes its place. */
static void remove_launch(struct keeper_state *state, size_t index)
{
    struct launch *launch = &state->launches[index];

    close_fd(&launch->socket);
    close_fd(&launch->stderr_fd);
    free(launch->missed);
    *launch = state->launches[--state->count];
    state->is_busy = false;
}

/* Speak to a launch, as it would itself. */
static void say(const struct keeper_state *state, const struct launch *launch,
                enum log_level level, const char *text)
{
    struct pollfd room = {.fd = launch->stderr_fd, .events = POLLOUT};
    struct log log = state->keeper.plan->log;

    /* Whoever reads slowly there must not keep others waiting. */
    if (launch->stderr_fd < 0 || poll(&room, 1, 0) != 1 ||
        room.revents != POLLOUT)
        return;
    log.fd = launch->stderr_fd;
    log.pid = launch->pid;
    log.verbosity = launch->verbosity;
    log_line(&log, level, __FILE__, __LINE__, "%s", text);
}

/* The mount namespace of a launch is gone. */
static void say_unmounting(const struct keeper_state *state,
                           const struct launch *launch)
{
    CLEANUP_FREE char *text = NULL;

    if (asprintf(&text, "unmounting: %s", state->keeper.plan->image) < 0)
        text = NULL;
    else
        say(state, launch, LOG_LEVEL_DEBUG, text);
}

static void end_watch(struct keeper_state *state, int watch)
{
    for (size_t i = 0; i < state->count; i++) {
        if (state->launches[i].watch != watch)
            continue;
        say_unmounting(state, &state->launches[i]);
        remove_launch(state, i);
        return;
    }
}

/* Forgetting too early is harmless: a launch's own copy of the mount keeps it
   alive, only nobody joins any more. */
static void end_all_watches(struct keeper_state *state)
{
    for (size_t i = state->count; i-- > 0;)
        if (state->launches[i].watch >= 0)
            remove_launch(state, i);
}

static void read_watches(struct keeper_state *state)
{
    _Alignas(struct inotify_event) char events[4096];
    ssize_t length = read(state->inotify_fd, events, sizeof(events));

    for (ssize_t at = 0; at < length;) {
        const struct inotify_event *event =
            (const struct inotify_event *)(events + at);

        if (event->mask & IN_Q_OVERFLOW)
            end_all_watches(state);
        else if (event->mask & (IN_UNMOUNT | IN_IGNORED))
            end_watch(state, event->wd);
        at += (ssize_t)(sizeof(*event) + event->len);
    }
}

/* --- what launches say -----------------------------------------------------
 */

static int answer(const struct keeper_state *state, const struct launch *launch)
{
    pid_t pid = getpid();

    return message_send(launch->socket, &pid, sizeof(pid), state->keeper.places,
                        SHARE_PLACES);
}

static int watch(const struct keeper_state *state, struct launch *launch,
                 int *fds)
{
    char path[32]; /* "/proc/self/fd/" and a descriptor */

    if (fds[0] < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
    launch->watch = inotify_add_watch(state->inotify_fd, path, IN_DELETE_SELF);
    if (launch->watch < 0)
        return -1;
    launch->stderr_fd = take_fd(&fds[1]);
    close_fd(&launch->socket);
    if (launch->missed)
        say(state, launch, LOG_LEVEL_INFO, launch->missed);
    return 0;
}

static int heed(struct keeper_state *state, struct launch *launch,
                size_t length, int *fds)
{
    struct share_message message;

    if (length < sizeof(message))
        return -1;
    memcpy(&message, state->message, sizeof(message));
    if (message.linger > state->linger)
        state->linger = message.linger;
    launch->pid = message.pid;
    launch->verbosity = message.verbosity;
    if (message.kind == SHARE_MOUNTED)
        return watch(state, launch, fds);
    /* The name is only a sum of the key. */
    if (length != sizeof(message) + state->key_length ||
        memcmp(state->message + sizeof(message), state->keeper.share->key,
               state->key_length))
        return -1;
    affinity_add_peer(launch->socket);
    return answer(state, launch);
}

static void listen_to(struct keeper_state *state, size_t index)
{
    struct launch *launch = &state->launches[index];
    int fds[MESSAGE_DESCRIPTORS];
    size_t size = sizeof(struct share_message) + state->key_length + 1;
    ssize_t length = message_receive(launch->socket, state->message, size, fds);

    if (length <= 0 || heed(state, launch, (size_t)length, fds) < 0)
        remove_launch(state, index);
    else
        state->is_busy = false;
    message_close(fds);
}

static void accept_launch(struct keeper_state *state)
{
    int socket = accept4(state->keeper.share->socket, NULL, NULL, SOCK_CLOEXEC);

    if (socket < 0)
        state->is_busy = errno == EMFILE || errno == ENFILE;
    else if (!share_is_own(socket) || add_launch(state, socket) < 0)
        (void)close(socket); /* which tells it */
}

/* --- the thread ------------------------------------------------------------
 */

static nfds_t poll_prepare(struct keeper_state *state)
{
    state->polled[POLL_LISTENER] =
        (struct pollfd){.fd = state->is_busy ? -1 : state->keeper.share->socket,
                        .events = POLLIN};
    state->polled[POLL_INOTIFY] =
        (struct pollfd){.fd = state->inotify_fd, .events = POLLIN};
    for (size_t i = 0; i < state->count; i++)
        state->polled[POLL_OTHERS + i] =
            (struct pollfd){.fd = state->launches[i].socket, .events = POLLIN};
    return POLL_OTHERS + state->count;
}

/* Wait, and do what there is to do. False when no launch is left, and none has
   come for as long as we linger. */
static bool keep(struct keeper_state *state)
{
    nfds_t count = poll_prepare(state);
    int timeout = state->count > 0 ? -1 : (int)state->linger * 1000;
    int ready = poll(state->polled, count, timeout);

    if (ready <= 0)
        return ready < 0 && errno == EINTR;
    (void)pthread_mutex_lock(&state->lock); /* ours, and of the plain kind */
    /* From the last to the first: what is removed is replaced by what has been
       looked at. New ones come behind. */
    for (size_t i = count - POLL_OTHERS; i-- > 0;)
        if (state->polled[POLL_OTHERS + i].revents)
            listen_to(state, i);
    if (state->polled[POLL_INOTIFY].revents)
        read_watches(state);
    if (state->polled[POLL_LISTENER].revents)
        accept_launch(state);
    (void)pthread_mutex_unlock(&state->lock); /* the same */
    return true;
}

/* The name first: whoever comes now becomes the first of another server. */
static void let_go(struct keeper *keeper)
{
    (void)close(keeper->share->socket); /* as all here: only held */
    for (size_t i = 0; i < SHARE_PLACES; i++)
        close_fd(&keeper->places[i]);
}

/* The state stays, for keeper_tell(): the process ends now. */
static void end(struct keeper_state *state)
{
    let_go(&state->keeper);
    (void)pthread_mutex_lock(&state->lock); /* as in keep() */
    while (state->count > 0)
        remove_launch(state, state->count - 1);
    (void)pthread_mutex_unlock(&state->lock);
    close_fd(&state->inotify_fd);
}

static void *run(void *context)
{
    struct keeper_state *state = context;

    while (keep(state))
        ;
    end(state);
    return NULL;
}

static int prepare(struct keeper_state *state, int socket)
{
    pthread_t thread;

    if (add_launch(state, socket) < 0) {
        (void)close(socket); /* as in let_go() */
        return -1;
    }
    state->inotify_fd = inotify_init1(IN_CLOEXEC);
    state->message =
        malloc(sizeof(struct share_message) + state->key_length + 1);
    if (state->inotify_fd < 0 || !state->message ||
        pthread_create(&thread, NULL, run, state) != 0)
        return -1;
    return pthread_detach(thread);
}

void keeper_start(struct keeper *keeper, int socket)
{
    keeper->state = malloc(sizeof(*keeper->state));
    if (!keeper->state) {
        (void)close(socket); /* the same */
        let_go(keeper);
        return;
    }
    *keeper->state =
        (struct keeper_state){.keeper = *keeper,
                              .lock = PTHREAD_MUTEX_INITIALIZER,
                              .key_length = strlen(keeper->share->key),
                              .inotify_fd = -1,
                              .is_busy = true};
    if (prepare(keeper->state, socket) < 0)
        end(keeper->state);
}

void keeper_tell(struct keeper *keeper, const char *text)
{
    struct keeper_state *state = keeper->state;

    if (!state)
        return; /* nobody has mounted anything yet */
    (void)pthread_mutex_lock(&state->lock); /* as in keep() */
    for (size_t i = 0; i < state->count; i++) {
        struct launch *launch = &state->launches[i];

        /* A command may be faster than the words of its launch to us. */
        if (launch->watch < 0 && !launch->missed)
            launch->missed = strdup(text); /* or it goes without */
        say(state, launch, LOG_LEVEL_INFO, text);
    }
    (void)pthread_mutex_unlock(&state->lock);
}
