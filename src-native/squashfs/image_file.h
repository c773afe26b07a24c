/* The image as a file. A mounted image may be replaced while it is read: what
   is removed or renamed over stays as it was behind our descriptor, but a file
   that is written again in place turns into another image under our hands.
   Every read is therefore followed by a look at the time of the last change. If
   that is new and the superblock too, nothing is read any more; if only the
   time is new, somebody has touched the file, and all is well. Whoever copies
   over an image starts with its superblock, and whoever makes one writes zeros
   there until the end: in neither case is other data in the file before that
   shows. */

#ifndef CH_IMAGE_FILE_H
#define CH_IMAGE_FILE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/squashfs_super.h"

#define IMAGE_FILE_HEAD 96 /* the superblock's size */

struct image_file {
    struct squashfs_place place;
    _Atomic int64_t changed; /* nanoseconds since 1970 */
    unsigned char head[IMAGE_FILE_HEAD];
};

/* The descriptor stays the caller's. Returns 0, or -1 with `err` set. */
int image_file_open(struct image_file *file, const struct squashfs_place *place,
                    struct ch_error *err);

/* Exactly `length` bytes from `position` of the image as it was opened. Returns
   0, or -1 with errno set: EIO if the file ends before, or is not the same. */
int image_file_read(struct image_file *file, void *buffer, size_t length,
                    uint64_t position);

#endif
