#include "config.h"

#include "squashfs/block_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Pages of this size save most page faults and TLB misses of an arena that is
   all used all the time. */
#define HUGE_PAGE ((size_t)2 << 20)

/* --- making and freeing ---------------------------------------------------
 */

/* An arena that can have huge pages must start at such a page: map more, and
   give back what is too much. */
static unsigned char *map_aligned(size_t size)
{
    size_t mapped = size + HUGE_PAGE;
    unsigned char *start = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before, after;

    if (start == MAP_FAILED)
        return NULL;
    before = -(uintptr_t)start & (HUGE_PAGE - 1);
    after = mapped - before - size;
    if (before)
        (void)munmap(start, before); /* at worst address space is wasted */
    if (after)
        (void)munmap(start + before + size, after);
    (void)madvise(start + before, size, MADV_HUGEPAGE); /* only a wish */
    return start + before;
}

static unsigned char *map_plainly(size_t size)
{
    unsigned char *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return start == MAP_FAILED ? NULL : start;
}

static void make_newest(struct block_cache *cache, struct cached_block *block)
{
    block->newer = NULL;
    block->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = block;
    else
        cache->oldest = block;
    cache->newest = block;
}

static void make_slots(struct block_cache *cache)
{
    for (size_t i = 0; i < cache->slot_count; i++) {
        struct cached_block *slot = &cache->slots[i];

        slot->data = cache->arena + i * cache->block_size;
        (void)pthread_cond_init(&slot->settled, NULL); /* cannot fail */
        make_newest(cache, slot);
    }
}

int block_cache_init(struct block_cache *cache, size_t size, size_t block_size,
                     block_load *load, void *context)
{
    size_t buckets = 16;

    *cache = (struct block_cache){
        .block_size = block_size,
        .load = load,
        .context = context,
        .arena_size = size,
        .slot_count = size / block_size,
    };
    while (buckets < 2 * cache->slot_count)
        buckets *= 2;
    cache->bucket_mask = buckets - 1;
    cache->buckets = calloc(buckets, sizeof(struct cached_block *));
    cache->slots = calloc(cache->slot_count, sizeof(*cache->slots));
    cache->arena = size >= HUGE_PAGE ? map_aligned(size) : map_plainly(size);
    (void)pthread_mutex_init(&cache->mutex, NULL); /* cannot fail */
    if (!cache->buckets || !cache->slots || !cache->arena) {
        cache->slot_count = 0;
        block_cache_clear(cache);
        errno = ENOMEM;
        return -1;
    }
    make_slots(cache);
    return 0;
}

void block_cache_clear(struct block_cache *cache)
{
    for (size_t i = 0; i < cache->slot_count; i++)
        (void)pthread_cond_destroy(&cache->slots[i].settled); /* nobody waits */
    if (cache->arena)
        (void)munmap(cache->arena, cache->arena_size); /* is ours */
    free(cache->slots);
    free(cache->buckets);
    *cache = (struct block_cache){.arena = NULL};
}

/* Others may be writing there by now: what they have written must stay. */
void block_cache_touch(struct block_cache *cache)
{
    (void)__atomic_fetch_or(cache->arena, 0, __ATOMIC_RELAXED);
}

/* --- the table and the order of use ----------------------------------------
 */

static struct cached_block **bucket_of(struct block_cache *cache,
                                       uint64_t position)
{
    uint64_t mixed = position * UINT64_C(0x9e3779b97f4a7c15);

    return &cache->buckets[mixed >> 32 & cache->bucket_mask];
}

/* Damaged images may describe one place in two ways: these are two blocks. */
static struct cached_block *find(struct block_cache *cache, uint64_t position,
                                 uint32_t stored)
{
    struct cached_block *block = *bucket_of(cache, position);

    while (block && (block->position != position || block->stored != stored))
        block = block->bucket_next;
    return block;
}

static void leave_bucket(struct block_cache *cache, struct cached_block *block)
{
    struct cached_block **link = bucket_of(cache, block->position);

    while (*link && *link != block)
        link = &(*link)->bucket_next;
    if (*link)
        *link = block->bucket_next;
}

static void leave_order(struct block_cache *cache, struct cached_block *block)
{
    if (block->newer)
        block->newer->older = block->older;
    else
        cache->newest = block->older;
    if (block->older)
        block->older->newer = block->newer;
    else
        cache->oldest = block->newer;
}

/* The block that was not used for the longest time. NULL if all are pinned. */
static struct cached_block *take_slot(struct block_cache *cache)
{
    struct cached_block *slot = cache->oldest;

    while (slot && slot->pins)
        slot = slot->newer;
    if (!slot)
        return NULL;
    if (slot->state == BLOCK_LOADED)
        leave_bucket(cache, slot);
    leave_order(cache, slot);
    make_newest(cache, slot);
    return slot;
}

static struct cached_block *make_transient(const struct block_cache *cache)
{
    struct cached_block *block = malloc(sizeof(*block) + cache->block_size);

    if (!block)
        return NULL;
    *block = (struct cached_block){.is_transient = true,
                                   .data = (unsigned char *)(block + 1)};
    (void)pthread_cond_init(&block->settled, NULL); /* cannot fail */
    return block;
}

/* --- getting a block -------------------------------------------------------
 */

static void unpin(struct block_cache *cache, struct cached_block *block)
{
    if (--block->pins || !block->is_transient)
        return;
    if (block->state == BLOCK_LOADED)
        leave_bucket(cache, block);
    (void)pthread_cond_destroy(&block->settled); /* nobody waits */
    free(block);
}

/* With the mutex, which is let go meanwhile. */
static void load(struct block_cache *cache, struct cached_block *block)
{
    int status;

    pthread_mutex_unlock(&cache->mutex);
    status = cache->load(cache->context, block);
    pthread_mutex_lock(&cache->mutex);
    block->errnum = errno;
    block->state = status < 0 ? BLOCK_FAILED : BLOCK_LOADED;
    if (status < 0)
        leave_bucket(cache, block); /* whoever asks next tries again */
    pthread_cond_broadcast(&block->settled);
}

/* A pinned block of our own to load. Others find it from now on. */
static struct cached_block *claim(struct block_cache *cache, uint64_t position,
                                  uint32_t stored)
{
    struct cached_block *block = take_slot(cache);
    struct cached_block **bucket = bucket_of(cache, position);

    if (!block)
        block = make_transient(cache);
    if (!block)
        return NULL;
    block->position = position;
    block->stored = stored;
    block->pins = 1;
    block->state = BLOCK_LOADING;
    block->bucket_next = *bucket;
    *bucket = block;
    return block;
}

static void pin(struct block_cache *cache, struct cached_block *block)
{
    block->pins++;
    if (!block->is_transient && block != cache->newest) {
        leave_order(cache, block);
        make_newest(cache, block);
    }
    while (block->state == BLOCK_LOADING)
        pthread_cond_wait(&block->settled, &cache->mutex);
}

struct cached_block *block_cache_get(struct block_cache *cache,
                                     uint64_t position, uint32_t stored)
{
    struct cached_block *block;
    int errnum = ENOMEM;

    pthread_mutex_lock(&cache->mutex);
    block = find(cache, position, stored);
    if (block) {
        cache->hits++;
        pin(cache, block);
    } else if ((block = claim(cache, position, stored))) {
        load(cache, block);
    }
    if (block && block->state == BLOCK_FAILED) {
        errnum = block->errnum;
        unpin(cache, block);
        block = NULL;
    }
    pthread_mutex_unlock(&cache->mutex);
    if (!block)
        errno = errnum;
    return block;
}

void block_cache_put(struct block_cache *cache, struct cached_block *block)
{
    pthread_mutex_lock(&cache->mutex);
    unpin(cache, block);
    pthread_mutex_unlock(&cache->mutex);
}
