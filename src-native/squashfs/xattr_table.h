/* Extended attributes. Only user.* are shown: the others are for the kernel, or
   for an owner that whoever mounts the image is not. An inode has an index in a
   table that says where its attributes are; values that several inodes share
   may lie elsewhere. */

#ifndef CH_XATTR_TABLE_H
#define CH_XATTR_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"

struct squashfs_image;
struct inode;

struct xattr_table {
    uint64_t list;  /* positions of the table's blocks; 0 without attributes */
    uint64_t start; /* what the attributes' places count from */
    uint32_t count;
};

/* Returns 0, or -1 with `err` set. */
int xattr_table_open(struct squashfs_image *image, struct ch_error *err);

/* The names of an inode's attributes, each with a NUL, into `buffer`; with a
   `size` of 0 only their length. Returns the length, or -1 with errno set:
   ERANGE where they do not fit. */
ssize_t xattr_list(struct squashfs_image *image, const struct inode *inode,
                   char *buffer, size_t size);

/* The value of one, in the same way. ENODATA where there is none. */
ssize_t xattr_get(struct squashfs_image *image, const struct inode *inode,
                  const char *name, char *buffer, size_t size);

#endif
