/* Metadata: inodes, directories and tables are streams of bytes, cut into
   blocks of 8 KiB which are packed one behind the other, each with its length
   in front. A place in one is written as the position of a block and an offset
   in what it unpacks to. A cursor reads on from such a place, across blocks,
   up to where its table ends in the image. Blocks follow each other upwards,
   so reading ends however damaged they are. */

#ifndef CH_METADATA_H
#define CH_METADATA_H

#include <stddef.h>
#include <stdint.h>

#include "squashfs/block_cache.h"

#define METADATA_BLOCK_SIZE 8192

/* 128 blocks: several times what the tree being walked needs at once. */
#define METADATA_CACHE_SIZE ((size_t)1 << 20)

struct squashfs_image;

struct metadata_place {
    uint64_t position; /* of the block, in the image */
    uint32_t offset;   /* in the block, unpacked */
};

struct metadata_cursor {
    struct squashfs_image *image;
    struct cached_block *block; /* pinned, or NULL */
    struct metadata_place place;
    uint64_t limit; /* where the table ends */
};

/* Ends by itself: a block stays pinned as long as the cursor lives. */
#define METADATA_CURSOR                                                        \
    __attribute__((cleanup(metadata_close))) struct metadata_cursor

/* The `cache->load` of metadata. */
int metadata_load(struct squashfs_image *image, struct cached_block *block);

/* Go to `place` in the table that ends at `limit`. */
void metadata_seek(struct metadata_cursor *cursor, struct metadata_place place,
                   uint64_t limit);

/* Read `length` bytes into `buffer` (skip them if it is NULL) and go behind
   them. Returns 0, or -1 with errno set. */
int metadata_read(struct metadata_cursor *cursor, void *buffer, size_t length);

void metadata_close(struct metadata_cursor *cursor);

/* Entry `index`, of `size` bytes, of a table of such entries in metadata blocks
   whose positions are listed at `list`. No entry crosses blocks. Returns 0, or
   -1 with errno set. */
int metadata_read_entry(struct squashfs_image *image, uint64_t list,
                        uint32_t index, void *entry, size_t size);

#endif
