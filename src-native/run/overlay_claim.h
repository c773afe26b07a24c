/* An overlay on an image of somebody else's. In a user namespace files of other
   users have owners that are not mapped, over which not even its root has any
   rights, and overlayfs takes over owners and modes: nothing could be made in
   the directories of such an image. But a directory that is in the overlay's
   upper one already, too, counts as that: so those that are needed are made
   there beforehand, and belong to us. */

#ifndef CH_OVERLAY_CLAIM_H
#define CH_OVERLAY_CLAIM_H

#include "core/error.h"

/* Before the overlay is mounted: see to it that `path`, or what of it is
   missing, can be made. `lower_fd` is the image, a directory of the host, and
   `upper_fd` what will be on top of it. Where the image's directory is ours,
   or cannot be found, nothing is done. */
int overlay_claim(int lower_fd, int upper_fd, const char *path,
                  struct ch_error *err);

#endif
