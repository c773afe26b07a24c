/* What a path is, by content and never by name: the question that every
   launch of an image begins with. It costs an fstat(2) and one read. */

#ifndef CH_IMAGE_H
#define CH_IMAGE_H

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum image_type {
    IMAGE_DIRECTORY,
    IMAGE_SQUASHFS, /* by magic number only: see squashfs_check() */
    IMAGE_ARCHIVE,  /* tar, or something compressed that may be tar */
    IMAGE_UNKNOWN,
};

/* Tell what `fd` is, which must be open for reading (a directory may be open
   with O_PATH). Its position is left alone. */
int image_probe_fd(int fd, enum image_type *type, struct ch_error *err);

/* The same for `path`, symlinks followed. A FIFO or a device is unknown, and
   is not waited for. */
int image_probe_path(const char *path, enum image_type *type,
                     struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
