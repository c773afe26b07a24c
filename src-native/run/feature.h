/* `ch-run --feature=FEAT`: what scripts can rely on. */

#ifndef CH_FEATURE_H
#define CH_FEATURE_H

#include <stdbool.h>

#include "core/error.h"

/* Set `*present` to whether this ch-run, on this machine, has the feature:
   "extglob" (in --unset-env), "overlayfs" (--write-fake), "seccomp" (root
   emulation), "squash" (SquashFS images are mounted, not unpacked),
   "tmpfs-xattrs" (extended attributes in --write-fake). An unknown name is an
   error. */
int feature_find(const char *name, bool *present, struct ch_error *err);

#endif
