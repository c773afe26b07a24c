/* The container's root file system: the image, an overlay if one is needed,
   and what appears in it; then it becomes "/". */

#ifndef CH_ROOT_H
#define CH_ROOT_H

#include "run/plan.h"
#include "run/services.h"

struct overlay_hold;

/* From the outer namespaces: build the root and enter it. `services`
   are those of its SquashFS images; `hold`, what overlay_dir_take() has
   taken. Afterwards
   "/" is the container, the working directory is "/", and nothing of the host
   can be reached but what was bound. */
int root_enter(const struct plan *plan, struct services *services,
               struct overlay_hold *hold, struct ch_error *err);

#endif
