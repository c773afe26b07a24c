#include "config.h"

#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "run/keeper_state.h"
#include "run/message.h"
#include "run/service.h"

bool peers_are_kept(const struct keeper_state *state)
{
    return state->keeper.share->container;
}

bool peers_are_ready(const struct keeper_state *state)
{
    return !peers_are_kept(state) || container_is_known(&state->container);
}

int peers_admit(struct keeper_state *state, const struct launch *launch)
{
    const struct container *container = &state->container;
    const char *made = state->keeper.share->container;
    CLEANUP_BUFFER struct buffer text = {0};
    pid_t pid = getpid();
    int fds[SHARE_PEER_PLACES];

    if (container_hold(&state->container) < 0) {
        state->is_over = true;
        return -1;
    }
    container_add(&state->container, launch->pid);
    fds[SHARE_INNER_USER_NAMESPACE] = container->user_fd;
    fds[SHARE_INNER_MOUNT_NAMESPACE] = container->mount_fd;
    if (buffer_append(&text, &pid, sizeof(pid)) < 0 ||
        buffer_append(&text, made, strlen(made)) < 0)
        return -1;
    return message_send(launch->socket, text.data, text.length, fds,
                        SHARE_PEER_PLACES);
}

static void release_waiting(struct keeper_state *state)
{
    for (size_t i = 0; i < state->count; i++) {
        if (state->launches[i].waits)
            service_report_ready(state->launches[i].socket);
        state->launches[i].waits = false;
    }
}

int peers_welcome(struct keeper_state *state, struct launch *launch, int *fds)
{
    if (!peers_are_kept(state))
        return -1;
    if (!container_is_known(&state->container)) {
        if (launch->watch < 0 ||
            container_learn(&state->container, fds[SHARE_INNER_USER_NAMESPACE],
                            fds[SHARE_INNER_MOUNT_NAMESPACE]) < 0)
            return -1;
        fds[SHARE_INNER_USER_NAMESPACE] = -1;
        fds[SHARE_INNER_MOUNT_NAMESPACE] = -1;
        container_add(&state->container, launch->pid);
    }
    launch->waits = true;
    state->arrived++;
    if (state->arrived >= state->keeper.plan->join.count)
        release_waiting(state);
    return 0;
}

static bool anybody_connected(const struct keeper_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        if (state->launches[i].socket >= 0)
            return true;
    return false;
}

void peers_mind(struct keeper_state *state)
{
    bool is_watched = false;

    if (!anybody_connected(state))
        container_let_go(&state->container);
    for (size_t i = 0; i < state->count; i++)
        is_watched = is_watched || state->launches[i].watch >= 0;
    if (peers_are_ready(state) && !is_watched)
        state->is_over = true; /* the first's mounts are gone, or itself */
}
