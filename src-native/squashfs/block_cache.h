/* Unpacked blocks of the image, the most recently used ones, in an arena of a
   fixed size. A block is loaded once however many want it: the first loads it,
   with no lock held, the others wait for that block alone. Blocks in use are
   pinned. When all are, a block is loaded into memory of its own which is freed
   with its last pin: nobody ever waits for somebody else's pin, so holding
   several pins cannot deadlock, and the arena never grows.

   All functions may be called by several threads at once, but for init and
   clear. */

#ifndef CH_BLOCK_CACHE_H
#define CH_BLOCK_CACHE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum block_state { BLOCK_EMPTY, BLOCK_LOADING, BLOCK_LOADED, BLOCK_FAILED };

struct cached_block {
    uint64_t position; /* in the image */
    uint32_t stored;   /* what the image says about its size there */

    /* What loading finds out. */
    unsigned char *data; /* set before, written by it */
    uint32_t length;     /* unpacked */
    uint64_t end;        /* in the image, where the next block starts */

    /* The cache's own, under its mutex. */
    enum block_state state;
    bool is_transient; /* not in the arena */
    unsigned pins;
    int errnum; /* why it failed */
    pthread_cond_t settled;
    struct cached_block *bucket_next;
    struct cached_block *newer, *older;
};

/* Fill in `block`, at most the cache's block size. Returns 0, or -1 with errno
   set. Called without a lock, for different blocks at once. */
typedef int block_load(void *context, struct cached_block *block);

struct block_cache {
    size_t block_size;
    block_load *load;
    void *context;
    unsigned char *arena;
    size_t arena_size;
    struct cached_block *slots;
    size_t slot_count;
    pthread_mutex_t mutex;
    struct cached_block **buckets;
    size_t bucket_mask;
    struct cached_block *newest, *oldest;
    uint64_t hits; /* blocks that were there when they were wanted */
};

/* `size` bytes, at least one block's. Returns 0, or -1 with errno set and
   nothing to clear. */
int block_cache_init(struct block_cache *cache, size_t size, size_t block_size,
                     block_load *load, void *context);

/* Have the kernel provide the memory that is used first. */
void block_cache_touch(struct block_cache *cache);

/* No block may be pinned. A cache of all zeros is cleared already. */
void block_cache_clear(struct block_cache *cache);

/* The block, loaded and pinned; NULL with errno set. */
struct cached_block *block_cache_get(struct block_cache *cache,
                                     uint64_t position, uint32_t stored);

void block_cache_put(struct block_cache *cache, struct cached_block *block);

#endif
