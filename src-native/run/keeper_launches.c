#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "run/keeper_state.h"

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

int launches_add(struct keeper_state *state, int socket)
{
    if (make_room(state) < 0)
        return -1;
    state->launches[state->count++] =
        (struct launch){.socket = socket, .watch = -1, .stderr_fd = -1};
    return 0;
}

void launches_remove(struct keeper_state *state, size_t index)
{
    struct launch *launch = &state->launches[index];

    close_fd(&launch->socket);
    close_fd(&launch->stderr_fd);
    free(launch->missed);
    *launch = state->launches[--state->count];
    state->is_busy = false;
}

void launches_hang_up(struct keeper_state *state, size_t index)
{
    if (state->launches[index].watch >= 0)
        close_fd(&state->launches[index].socket);
    else
        launches_remove(state, index);
}

void launch_say(const struct keeper_state *state, const struct launch *launch,
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
        launch_say(state, launch, LOG_LEVEL_DEBUG, text);
}

static void end_watch(struct keeper_state *state, int watch)
{
    for (size_t i = 0; i < state->count; i++) {
        if (state->launches[i].watch != watch)
            continue;
        say_unmounting(state, &state->launches[i]);
        launches_remove(state, i);
        return;
    }
}

/* Forgetting too early is harmless: a launch's own copy of the mount keeps it
   alive, only nobody joins any more. */
static void end_all_watches(struct keeper_state *state)
{
    for (size_t i = state->count; i-- > 0;)
        if (state->launches[i].watch >= 0)
            launches_remove(state, i);
}

void launches_read_watches(struct keeper_state *state)
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
