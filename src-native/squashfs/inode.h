/* Inodes, decoded and checked. All of the fourteen kinds on disk, seven each
   with a short and a long form, become this one structure. */

#ifndef CH_INODE_H
#define CH_INODE_H

#include <stdint.h>
#include <sys/types.h>

#include "squashfs/metadata.h"

#define INODE_NO_FRAGMENT UINT32_MAX
#define INODE_NO_XATTRS   UINT32_MAX

/* The longest target that Linux accepts. */
#define INODE_LINK_MAX 4095

struct inode {
    mode_t mode; /* type and permissions */
    uint32_t mtime;
    uint32_t number;
    uint32_t link_count;
    uint64_t size;
    uint64_t sparse; /* how many bytes of it are not stored */
    uint32_t device;
    uint32_t xattrs; /* index in the table, or INODE_NO_XATTRS */

    /* regular files */
    uint64_t first_block; /* where it lies */
    uint32_t fragment;    /* index, or INODE_NO_FRAGMENT */
    uint32_t fragment_offset;

    /* directories */
    struct metadata_place listing;
    uint32_t index_count;
    uint32_t parent; /* its number */

    /* What follows in the inode table: the sizes of a file's blocks, a
       directory's index, a link's target. */
    struct metadata_place tail;
};

/* The inode at `reference`: the position of its metadata block in the inode
   table, times 65536, plus its offset there. Returns 0, or -1 with errno set.
 */
int inode_read(struct squashfs_image *image, uint64_t reference,
               struct inode *inode);

/* The same for many inodes near each other: `cursor` (of the image, all else
   zeros at first) stays where it was. */
int inode_read_next(struct metadata_cursor *cursor, uint64_t reference,
                    struct inode *inode);

/* The target of a symlink, without a NUL, into INODE_LINK_MAX bytes. Returns
   its length, or -1 with errno set. */
ssize_t inode_read_link(struct squashfs_image *image, const struct inode *inode,
                        char *target);

#endif
