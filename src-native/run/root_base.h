/* The first part of a container's root: the image, with an overlay if one is
   needed, mounted on top of "/" of our mount namespace. */

#ifndef CH_ROOT_BASE_H
#define CH_ROOT_BASE_H

#include "run/bind.h"
#include "run/overlay_dir.h"
#include "run/plan.h"
#include "run/services.h"
#include "run/stored_image.h"

/* A root under construction. */
struct root {
    const struct plan *plan;
    struct services *services;
    struct overlay_hold *hold;
    struct bind_root base; /* the container's root directory; both fds owned */
    int image_fd;          /* the image, without an overlay; owned */
    int *further_fds;      /* one for each of plan->further; both owned */
    struct layer_fds layers; /* of the image, then of those below; owned */
    int scratch_fd; /* tmpfs for the overlay and our own files; owned, or -1 */
    bool scratch_is_used; /* by the overlay */
    int stacked;          /* mounts on "/" that are not the container's root */
};

/* Mount all of that. Afterwards root->base is known. */
int root_base_build(struct root *root, struct ch_error *err);

#endif
