/* Where the blocks of regular files lie. The image says only how long each is,
   so that the place of one is the sum of all before it. For the files in use
   these sums are made once and kept at steps: a block's place is then found by
   adding up the few lengths since the last step. Few files are kept and few
   steps of each, whatever their size. */

#ifndef CH_LAYOUT_H
#define CH_LAYOUT_H

#include <pthread.h>
#include <stdint.h>

#include "squashfs/metadata.h"

#define LAYOUT_CACHE_COUNT 128

/* A file's block lengths: the number of bytes, whether they are stored as they
   are, 0 for a block of zeros that is not there. */
#define BLOCK_LENGTH(word) ((word)&0xffffff)
#define BLOCK_IS_STORED    0x1000000

struct layout_step {
    uint64_t position;             /* of the step's first block's data */
    struct metadata_place lengths; /* its length, in the inode table */
};

struct layout_file {
    uint64_t reference; /* its inode's */
    uint64_t size;
    uint64_t block_count; /* without the end that is in a fragment */
    uint32_t fragment;    /* INODE_NO_FRAGMENT if there is none */
    uint32_t fragment_offset;
};

struct layout; /* a file with its steps */

struct layout_slot {
    uint64_t reference;
    uint64_t last_use;
    struct layout *layout; /* NULL while the slot is free */
};

struct layout_cache {
    pthread_mutex_t mutex;
    struct layout_slot slots[LAYOUT_CACHE_COUNT];
    uint64_t clock;
};

void layout_cache_init(struct layout_cache *cache);
void layout_cache_clear(struct layout_cache *cache);

/* A walk along the blocks of a file. */
struct layout_walk {
    struct metadata_cursor cursor;
    uint64_t next;     /* the block that comes next */
    uint64_t position; /* where it lies */
};

/* Ends by itself. */
#define LAYOUT_WALK __attribute__((cleanup(layout_close))) struct layout_walk

/* Start at the block that holds byte `offset` of the file whose inode is at
   `reference`. Returns 0, or -1 with errno set; `walk` is to be closed in any
   case. */
int layout_open(struct squashfs_image *image, uint64_t reference,
                uint64_t offset, struct layout_file *file,
                struct layout_walk *walk);

/* The next block's place and length. Only as often as there are blocks. Returns
   0, or -1 with errno set. */
int layout_next(struct layout_walk *walk, uint64_t *position, uint32_t *length);

void layout_close(struct layout_walk *walk);

#endif
