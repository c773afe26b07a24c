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
#include "run/keeper_state.h"
#include "run/message.h"
#include "run/service.h"

static void close_fd(int *fd)
{
    cleanup_close(fd);
    *fd = -1;
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
    if (!peers_are_kept(state)) /* or it will say that it is ready */
        close_fd(&launch->socket);
    if (launch->missed)
        launch_say(state, launch, LOG_LEVEL_INFO, launch->missed);
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
    if (message.kind == SHARE_READY)
        return peers_welcome(state, launch, fds);
    /* The name is only a sum of the key. */
    if (length != sizeof(message) + state->key_length ||
        memcmp(state->message + sizeof(message), state->keeper.share->key,
               state->key_length))
        return -1;
    affinity_add_peer(launch->socket);
    return peers_are_kept(state) ? peers_admit(state, launch)
                                 : answer(state, launch);
}

static void listen_to(struct keeper_state *state, size_t index)
{
    struct launch *launch = &state->launches[index];
    int fds[MESSAGE_DESCRIPTORS];
    size_t size = sizeof(struct share_message) + state->key_length + 1;
    ssize_t length = message_receive(launch->socket, state->message, size, fds);

    if (length <= 0 || heed(state, launch, (size_t)length, fds) < 0)
        launches_hang_up(state, index);
    else
        state->is_busy = !peers_are_ready(state);
    message_close(fds);
}

static void accept_launch(struct keeper_state *state)
{
    int socket = accept4(state->keeper.share->socket, NULL, NULL, SOCK_CLOEXEC);

    if (socket < 0)
        state->is_busy = errno == EMFILE || errno == ENFILE;
    else if (!share_is_own(socket) || launches_add(state, socket) < 0)
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

static void serve_ready(struct keeper_state *state, nfds_t count)
{
    /* From the last to the first: what is removed is replaced by what has been
       looked at. New ones come behind. */
    for (size_t i = count - POLL_OTHERS; i-- > 0;)
        if (state->polled[POLL_OTHERS + i].revents)
            listen_to(state, i);
    if (state->polled[POLL_INOTIFY].revents)
        launches_read_watches(state);
    if (state->polled[POLL_LISTENER].revents)
        accept_launch(state);
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
    serve_ready(state, count);
    if (peers_are_kept(state))
        peers_mind(state);
    (void)pthread_mutex_unlock(&state->lock); /* the same */
    return !state->is_over;
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
        launches_remove(state, state->count - 1);
    container_release(&state->container);
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

static int prepare(struct keeper_state *state)
{
    state->inotify_fd = inotify_init1(IN_CLOEXEC);
    state->message =
        malloc(sizeof(struct share_message) + state->key_length + 1);
    return state->inotify_fd < 0 || !state->message ? -1 : 0;
}

/* Peers of --join are not to be separated without a word: the first waits for
   one. */
static void give_up(struct keeper_state *state, int errnum)
{
    CLEANUP_FREE char *text = NULL;

    if (!peers_are_kept(state) || state->count == 0 ||
        asprintf(&text, "cannot watch it: %s", strerror(errnum)) < 0)
        text = NULL;
    else
        service_report_error(state->launches[0].socket, text);
    end(state);
}

/* NULL: the socket is closed, and so are the places. */
static struct keeper_state *make_state(struct keeper *keeper, int socket)
{
    struct keeper_state *state = malloc(sizeof(*state));

    if (!state) {
        (void)close(socket); /* as in let_go() */
        let_go(keeper);
        return NULL;
    }
    *state = (struct keeper_state){.keeper = *keeper,
                                   .lock = PTHREAD_MUTEX_INITIALIZER,
                                   .key_length = strlen(keeper->share->key),
                                   .inotify_fd = -1,
                                   .is_busy = true,
                                   .container = CONTAINER_INIT};
    if (launches_add(state, socket) < 0)
        (void)close(socket); /* the same */
    else if (prepare(state) == 0)
        return state;
    give_up(state, errno);
    return NULL;
}

static int start_thread(struct keeper_state *state)
{
    pthread_t thread;

    errno = pthread_create(&thread, NULL, run, state);
    return errno ? -1 : pthread_detach(thread);
}

void keeper_start(struct keeper *keeper, int socket)
{
    keeper->state = make_state(keeper, socket);
    if (keeper->state && start_thread(keeper->state) < 0)
        give_up(keeper->state, errno);
}

void keeper_run(struct keeper *keeper, int socket)
{
    keeper->state = make_state(keeper, socket);
    if (keeper->state)
        (void)run(keeper->state); /* NULL */
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
        launch_say(state, launch, LOG_LEVEL_INFO, text);
    }
    (void)pthread_mutex_unlock(&state->lock);
}
