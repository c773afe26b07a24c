#include "config.h"

#include "squashfs/block_cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "tap.h"

#define BLOCK_SIZE  4096
#define SLOTS       4
#define THREADS     8
#define BAD_PLACE   1000
#define SLOW_PLACE  2000
#define NANOSECONDS 20000000

/* Counts the loads; a block holds its position in each byte. */
static int load(void *context, struct cached_block *block)
{
    atomic_int *loads = context;
    const struct timespec pause = {.tv_nsec = NANOSECONDS};

    atomic_fetch_add(loads, 1);
    if (block->position == SLOW_PLACE)
        (void)nanosleep(&pause, NULL); /* shorter is well, too */
    if (block->position == BAD_PLACE) {
        errno = EIO;
        return -1;
    }
    memset(block->data, (int)block->position, BLOCK_SIZE);
    block->length = BLOCK_SIZE;
    return 0;
}

static bool holds(const struct cached_block *block, int value)
{
    return block && block->length == BLOCK_SIZE && block->data[0] == value &&
           block->data[BLOCK_SIZE - 1] == value;
}

static void use(struct block_cache *cache, uint64_t position)
{
    struct cached_block *block = block_cache_get(cache, position, 1);

    OK(holds(block, (int)position), "block_cache_get() loads block %d",
       (int)position);
    block_cache_put(cache, block);
}

static void test_order(struct block_cache *cache, atomic_int *loads)
{
    for (uint64_t i = 0; i < SLOTS; i++)
        use(cache, i);
    use(cache, 0);
    OK(*loads == SLOTS && cache->hits == 1, "a block that is there is a hit");
    use(cache, SLOTS);
    use(cache, 0);
    OK(*loads == SLOTS + 1, "the block used last stays");
    use(cache, 1);
    OK(*loads == SLOTS + 2, "the block not used for longest went");
}

static void test_size(struct block_cache *cache, atomic_int *loads)
{
    int before = *loads;

    use(cache, 50);
    block_cache_put(cache, block_cache_get(cache, 50, 2));
    OK(*loads == before + 2, "one place with two sizes is two blocks");
}

static void test_failure(struct block_cache *cache, atomic_int *loads)
{
    int before = *loads;

    errno = 0;
    OK(!block_cache_get(cache, BAD_PLACE, 1) && errno == EIO,
       "block_cache_get() tells why a block cannot be loaded");
    OK(!block_cache_get(cache, BAD_PLACE, 1) && *loads == before + 2,
       "what failed is tried again");
}

static void test_pins(struct block_cache *cache)
{
    struct cached_block *blocks[2 * SLOTS];
    bool are_right = true;

    for (int i = 0; i < 2 * SLOTS; i++)
        blocks[i] = block_cache_get(cache, 100 + (uint64_t)i, 1);
    for (int i = 0; i < 2 * SLOTS; i++)
        are_right = are_right && holds(blocks[i], 100 + i);
    OK(are_right, "more blocks can be pinned than the cache holds");
    OK(blocks[2 * SLOTS - 1]->is_transient, "those beyond are transient");
    for (int i = 0; i < 2 * SLOTS; i++)
        block_cache_put(cache, blocks[i]);
    use(cache, 7);
}

static void *get_slowly(void *context)
{
    struct block_cache *cache = context;
    struct cached_block *block = block_cache_get(cache, SLOW_PLACE, 1);

    if (!holds(block, SLOW_PLACE & 0xff))
        return NULL;
    block_cache_put(cache, block);
    return cache;
}

static void test_threads(struct block_cache *cache, atomic_int *loads)
{
    pthread_t threads[THREADS];
    int before = *loads, right = 0;
    void *result;

    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, get_slowly, cache) != 0)
            tap_note("cannot start a thread");
    for (int i = 0; i < THREADS; i++)
        if (pthread_join(threads[i], &result) == 0 && result)
            right++;
    OK(right == THREADS, "all threads that want a block get it");
    OK(*loads == before + 1, "a block that many want is loaded once");
}

int main(void)
{
    struct block_cache cache;
    atomic_int loads = 0;

    OK(block_cache_init(&cache, (size_t)SLOTS * BLOCK_SIZE, BLOCK_SIZE, load,
                        &loads) == 0,
       "block_cache_init() makes a cache");
    test_order(&cache, &loads);
    test_size(&cache, &loads);
    test_failure(&cache, &loads);
    test_pins(&cache);
    test_threads(&cache, &loads);
    block_cache_clear(&cache);
    OK(!cache.arena, "block_cache_clear() frees it");
    return tap_done();
}
