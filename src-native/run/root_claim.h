/* Which directories of an image a launch makes something in (overlay_claim.h):
   for binds, --home and CDI devices. */

#ifndef CH_ROOT_CLAIM_H
#define CH_ROOT_CLAIM_H

#include <stddef.h>

#include "run/plan.h"

/* Before an overlay that writes to `dir_fd` is mounted on the `count` images
   `fds`: see to it that destinations can be made, also in directories of other
   users. */
int root_claim(const struct plan *plan, const int *fds, size_t count,
               int dir_fd, struct ch_error *err);

#endif
