/* What a path is, by content and never by name: the question that every
   launch of an image begins with. It costs an fstat(2) and one read. */

#ifndef CH_IMAGE_H
#define CH_IMAGE_H

#include "error.h"
#include "squashfs_super.h"

#ifdef __cplusplus
extern "C" {
#endif

enum image_type {
    IMAGE_DIRECTORY,
    IMAGE_SQUASHFS, /* by magic number only: see squashfs_check() */
    IMAGE_SIF,      /* the same: see sif_find_root() */
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

/* Where the SquashFS image in the file `fd` begins: at `*offset`, if somebody
   knows better than the content; without that (NULL) in a SIF file at its root
   file system, which must be SquashFS; else at 0, whatever the file is. */
int image_find_squashfs(int fd, const uint64_t *offset,
                        struct squashfs_place *place, struct ch_error *err);

/* The same for the file `path`, which the messages name. The caller closes the
   descriptor in `*place`. */
int image_open_squashfs(const char *path, const uint64_t *offset,
                        struct squashfs_place *place, struct ch_error *err);

/* The same, and check the image: squashfs_check(). The descriptor in `*place`
   is closed already. */
int image_check_squashfs(const char *path, const uint64_t *offset,
                         struct squashfs_place *place,
                         struct squashfs_super *super, struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
