/* The SquashFS service as ch-run sees it: start the server, mount, hand over.

   The server is a child that stays in the host's namespaces and never execs;
   its exit signal is 0, so that neither the command nor its parent ever meets
   it in wait(2). A socket pair joins it to ch-run until the hand-over: the
   descriptor of the FUSE mount goes one way, "ready" or an error the other, and
   the end of either side is an end of file for the other. From then on the
   server depends on the kernel alone: when the last process of the mount
   namespace is gone, the kernel destroys the mount, the server reads ENODEV and
   ends. Nobody has to unmount, wait or time out.

   Where a server of the same image lives in this job step already, there is
   nothing to start: the launch joins it (share.h). */

#ifndef CH_SQUASH_H
#define CH_SQUASH_H

#include <stdbool.h>

#include "run/plan.h"
#include "run/share.h"

struct squash {
    struct share share;
    int socket;     /* to the server, or -1 */
    bool is_server; /* true in the server, which goes to squash_serve() */
    bool failed;    /* squash_mount() failed: the service, not the image */
};

/* Whether SquashFS images can be mounted: support was built in, and /dev/fuse
   can be opened. `*reason` (may be NULL) is set to why not: static text. */
bool squash_is_available(const char **reason);

/* Join the server of the plan's image, if that leads (services.h), and then we
   are in the outer namespaces already (SHARE_JOINED), or start one. Like
   fork(2) it then returns twice: in the server with squash->is_server set.
   Before any namespace is entered. */
int squash_start(const struct plan *plan, bool leads, struct squash *squash,
                 struct ch_error *err);

/* The server's whole life; returns its exit status. */
int squash_serve(const struct plan *plan, struct squash *squash);

/* From the outer namespaces, unless it is mounted there already: mount the
   image on the directory `mount_point` and hand the mount to the server; wait
   until it serves. If others may join, this is in a mount namespace of theirs,
   and we are in a copy afterwards. */
int squash_mount(const struct plan *plan, struct squash *squash,
                 const char *mount_point, struct ch_error *err);

/* Whether the server wants to know how long our mounts last. */
bool squash_is_shared(const struct squash *squash);

/* Tell it, when all is mounted: `fd` is the root of a file system that is in
   our mount namespace as long as that lives, and nowhere else. */
void squash_settle(const struct plan *plan, struct squash *squash, int fd);

#endif
