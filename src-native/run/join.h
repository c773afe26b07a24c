/* --join: peers in one container. The first makes it and goes on like any
   launch; a keeper (keeper.h) then lets others in, as long as any process is in
   it. What they give up is the making: environment, directory and command are
   their own. */

#ifndef CH_JOIN_H
#define CH_JOIN_H

#include <stdbool.h>

#include "run/plan.h"
#include "run/share.h"

enum join_result {
    JOIN_ENTERED,
    JOIN_GONE, /* the keeper has ended, or knows no such container any more */
    JOIN_FAILED
};

/* Having asked at `socket`: enter the container, if it was made as `container`,
   our own description, says. */
enum join_result join_enter(const struct plan *plan, int socket,
                            const char *container, struct ch_error *err);

/* Whether a keeper wants to know how long our mounts last: we are the first. */
bool join_is_kept(const struct share *share);

/* Tell it, when all is mounted: `fd` is the root of a file system that is in
   our mount namespace as long as that lives, and nowhere else. */
void join_settle(const struct share *share, int fd);

/* From the container: the first lets its peers in; with a count, all wait for
   all. Nothing to do without --join. */
int join_ready(const struct plan *plan, struct share *share,
               struct ch_error *err);

void join_release(struct share *share);

/* --join-pid: enter the container that a process is in. */
int join_process(const struct plan *plan, struct ch_error *err);

#endif
