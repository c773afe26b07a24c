/* The SquashFS images of a launch, each served by a process of its own: the
   image that is run, those below it, those that are bound.

   The first of them leads: by its server launches meet (share.h). It is shared
   among launches that use the same images in the same order, and then the
   others are found mounted beside it. */

#ifndef CH_SERVICES_H
#define CH_SERVICES_H

#include "run/plan.h"
#include "run/squash.h"

struct service_of_image {
    const struct plan *plan; /* the one with this image */
    struct squash squash;
};

struct services {
    struct service_of_image *list;   /* owned */
    size_t count;                    /* 0: no SquashFS image */
    struct service_of_image *server; /* in a server: its own; else NULL */
    struct share peers;              /* --join: who keeps our container */
};

#define SERVICES_INIT                                                          \
    {                                                                          \
        .peers = {.socket = -1, .keeper = -1 }                                 \
    }

/* Join the leader's server, or start one for each image. Like fork(2) it then
   returns several times: in each server with `server` set. Before any namespace
   is entered. */
int services_start(const struct plan *plan, struct services *services,
                   struct ch_error *err);

/* Whether all are mounted, and we are in the outer namespaces. */
bool services_are_joined(const struct services *services);

/* Whether one of them has failed to serve. */
bool services_have_failed(const struct services *services);

/* Mount each, unless they are, on the directories `place`0, `place`1, ... */
int services_mount(struct services *services, const char *place,
                   struct ch_error *err);

/* Whether anybody wants to know how long our mounts last, and telling them: see
   squash_settle(), join_settle(). */
bool services_are_shared(const struct services *services);
void services_settle(struct services *services, int fd);

void services_release(struct services *services);

#define CLEANUP_SERVICES __attribute__((cleanup(services_release)))

#endif
