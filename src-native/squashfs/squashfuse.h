/* libsquashfuse_ll as an engine; see engine.h for the contracts. */

#ifndef CH_SQUASHFUSE_H
#define CH_SQUASHFUSE_H

#include "squashfs/engine.h"

struct squashfs_image *squashfuse_open(const struct squashfs_place *place,
                                       const struct squashfs_settings *settings,
                                       struct ch_error *err);
int squashfuse_serve(struct squashfs_image *image, int fuse_fd,
                     void (*ready)(void *context), void *context,
                     struct ch_error *err);
void squashfuse_close(struct squashfs_image *image);

#endif
