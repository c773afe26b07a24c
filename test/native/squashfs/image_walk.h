/* Walking a whole image through the reader, without FUSE: every directory,
   inode, target, attribute and byte. Errors are counted, not judged. */

#ifndef CH_IMAGE_WALK_H
#define CH_IMAGE_WALK_H

#include <stdint.h>

#include "squashfs/file_read.h"
#include "squashfs/reader.h"

struct image_walk {
    struct squashfs_image *image;
    struct file_pieces pieces;
    uint64_t entries, bytes, errors, sum;
};

void image_walk(struct squashfs_image *image, struct image_walk *walk);

#endif
