/* The container's root file system: the image, an overlay if one is needed,
   and what appears in it; then it becomes "/". */

#ifndef CH_ROOT_H
#define CH_ROOT_H

#include "run/plan.h"
#include "run/squash.h"

/* From the outer namespaces: build the root and enter it. `squash` is the
   running service for a SquashFS image, or NULL for a directory. Afterwards
   "/" is the container, the working directory is "/", and nothing of the host
   can be reached but what was bound. */
int root_enter(const struct plan *plan, struct squash *squash,
               struct ch_error *err);

#endif
