/* The superblock of a SquashFS 4.0 image: what it says, and whether the file
   can be the image it describes. Most broken images are copies that were cut
   short, and those are found here, before anything is mounted. */

#ifndef CH_SQUASHFS_SUPER_H
#define CH_SQUASHFS_SUPER_H

#include <stdint.h>

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The four bytes "hsqs", read as a little-endian number. */
#define SQUASHFS_MAGIC 0x73717368

struct squashfs_super {
    uint32_t inode_count;
    uint32_t mkfs_time; /* seconds since 1970, when the image was made */
    uint32_t block_size;
    uint32_t fragment_count;
    uint16_t compressor; /* see squashfs_compressor_name() */
    uint16_t block_log;
    uint16_t flags;
    uint16_t id_count;
    uint16_t version_major;
    uint16_t version_minor;
    uint64_t root_inode; /* metadata block's offset << 16 | offset in it */
    uint64_t bytes_used;
    /* Offsets in the file; all ones where there is no such table. */
    uint64_t id_table;
    uint64_t xattr_table;
    uint64_t inode_table;
    uint64_t directory_table;
    uint64_t fragment_table;
    uint64_t export_table;
};

/* Where a SquashFS image lies: in a file, from `offset` on, as in a SIF file.
   All positions in the image are relative to that. */
struct squashfs_place {
    int fd; /* a regular file, open for reading */
    uint64_t offset;
};

/* Read the superblock and check it against itself and the file's size. The
   messages do not name the file: the caller wraps them. */
int squashfs_check(const struct squashfs_place *place,
                   struct squashfs_super *super, struct ch_error *err);

/* "gzip", "zstd", ...; NULL for a number that SquashFS 4.0 does not define. */
const char *squashfs_compressor_name(unsigned compressor);

#ifdef __cplusplus
}
#endif

#endif
