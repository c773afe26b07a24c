/* A SquashFS image mounted at a place that the user names, in the namespace we
   are in: what ch-mount needs. Mounting is fusermount3's (or root's) affair. */

#ifndef CH_SERVE_H
#define CH_SERVE_H

#include <stdint.h>

#include "core/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Mount the image that begins at `offset` of the file `path` on the directory
   `mountpoint`, write one byte to `ready_fd` (and close it) when files can be
   read there, and serve until it is unmounted. Blocks as long as that. Returns
   0 after an unmount. */
int squashfs_mount_and_serve(const char *path, uint64_t offset,
                             const char *mountpoint, int ready_fd,
                             struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
