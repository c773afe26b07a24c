/* What the parts of a keeper (keeper.h) share: the launches that it knows
   (keeper_launches.c), and the container of peers (keeper_peers.c). Whoever
   holds the lock may call them. */

#ifndef CH_KEEPER_STATE_H
#define CH_KEEPER_STATE_H

#include <poll.h>
#include <pthread.h>

#include "run/container.h"
#include "run/keeper.h"

/* What is polled besides connections. */
enum { POLL_LISTENER, POLL_INOTIFY, POLL_OTHERS };

struct launch {
    int socket; /* until it has mounted, or is in; then -1 */
    int watch;  /* from when it has mounted on, or -1 */
    bool waits; /* for a report, until enough peers are there */
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
    struct container container; /* --join */
    unsigned arrived;           /* peers that are in it, or have been */
    bool is_over;               /* nobody can join it any more */
};

/* Remember who connects. -1: no memory. */
int launches_add(struct keeper_state *state, int socket);

/* Forget one; the last takes its place. */
void launches_remove(struct keeper_state *state, size_t index);

/* Its connection is at its end, but one that is watched goes on. */
void launches_hang_up(struct keeper_state *state, size_t index);

/* Speak to a launch, as it would itself. */
void launch_say(const struct keeper_state *state, const struct launch *launch,
                enum log_level level, const char *text);

/* Notice whose mounts are gone. */
void launches_read_watches(struct keeper_state *state);

/* --join: whether a container is kept, for peers. */
bool peers_are_kept(const struct keeper_state *state);

/* Whether others can be let in: with peers, not before the first is ready. */
bool peers_are_ready(const struct keeper_state *state);

/* Let a peer in. It counts as on its way until it hangs up. */
int peers_admit(struct keeper_state *state, const struct launch *launch);

/* A launch is in the container: the first, who says by `fds` which it is, or a
   peer that waits for others. */
int peers_welcome(struct keeper_state *state, struct launch *launch, int *fds);

/* After anything has happened: hold the container no longer than needed, and
   see whether it is over. */
void peers_mind(struct keeper_state *state);

#endif
