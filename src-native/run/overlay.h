/* --write-fake: a writable overlay in memory on a read-only image. The tmpfs
   that holds it, and files made for the container, is the "scratch". */

#ifndef CH_OVERLAY_H
#define CH_OVERLAY_H

#include "core/error.h"

/* Make the directories that overlayfs wants in the scratch, and mount an
   overlay over the image `lower_fd` on top of "/" of our mount namespace. */
int overlay_mount(int lower_fd, int scratch_fd, struct ch_error *err);

#endif
