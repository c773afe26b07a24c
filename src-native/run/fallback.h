/* A SquashFS image where FUSE is missing: unpacked once into the storage
   directory by unsquashfs(1), and run from there. */

#ifndef CH_FALLBACK_H
#define CH_FALLBACK_H

#include "run/plan.h"

/* Make sure that the plan's SquashFS image is unpacked, and turn the plan into
   one that runs the directory. `reason` says why; it is shown in one line when
   the unpacking is done now. Needs unsquashfs. */
int fallback_unpack(struct plan *plan, const char *reason,
                    struct ch_error *err);

#endif
