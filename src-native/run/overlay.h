/* Writing over an image that stays as it is, and images on top of each other:
   overlayfs. */

#ifndef CH_OVERLAY_H
#define CH_OVERLAY_H

#include <stddef.h>

#include "core/error.h"

/* What overlayfs wants in the directory that it writes to. */
#define OVERLAY_UPPER "upper"
#define OVERLAY_WORK  "work"

struct overlay {
    const int *lower_fds; /* directories, the topmost first */
    size_t lower_count;   /* 1 or more; 2 where nothing is written */
    int dir_fd;           /* has "upper" and "work"; -1: read-only */
};

/* Make these two in an empty directory. */
int overlay_make_parts(int dir_fd, struct ch_error *err);

/* Mount the overlay on top of "/" of our mount namespace, in which all its
   directories must have been opened. err->errnum is that of mount(2). */
int overlay_mount(const struct overlay *overlay, struct ch_error *err);

#endif
