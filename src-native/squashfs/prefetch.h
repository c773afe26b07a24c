/* Unpacking ahead within a read. What a page fault asks for often lies in two
   blocks; while the thread that answers unpacks the first, a helper unpacks the
   second, which halves the wait where a CPU is free. The helper is started
   where we may use more than one CPU, when serving begins or by the first such
   read that finds it so. Before anything else it warms up: what the first
   read would have to wait for, it does meanwhile. It only fills the block
   cache: whether and when it does so changes nothing but the time. */

#ifndef CH_PREFETCH_H
#define CH_PREFETCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "squashfs/block_cache.h"

struct prefetch {
    struct block_cache *cache;
    void (*warm_up)(void *context);
    void *context;
    pthread_mutex_t mutex;
    pthread_cond_t wanted;
    pthread_t thread;
    bool is_started;
    bool is_ending;
    bool is_waiting; /* for something to do */
    bool has_block;
    uint64_t position;
    uint32_t stored;
};

void prefetch_init(struct prefetch *prefetch, struct block_cache *cache,
                   void (*warm_up)(void *context), void *context);

/* Start the helper, where there is a CPU for it. */
void prefetch_start(struct prefetch *prefetch);

/* Have that block loaded if nothing else is being loaded ahead. Never waits. */
void prefetch_block(struct prefetch *prefetch, uint64_t position,
                    uint32_t stored);

/* Ends the helper; to be called before the cache is cleared. All zeros is
   cleared already. */
void prefetch_clear(struct prefetch *prefetch);

#endif
