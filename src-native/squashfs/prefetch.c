#include "config.h"

#include "squashfs/prefetch.h"

#include "squashfs/cpus.h"

/* Unpacking needs little stack, but for what the C library puts there. */
#define STACK_SIZE ((size_t)128 << 10)

void prefetch_init(struct prefetch *prefetch, struct block_cache *cache,
                   void (*warm_up)(void *context), void *context)
{
    *prefetch = (struct prefetch){
        .cache = cache, .warm_up = warm_up, .context = context};
    (void)pthread_mutex_init(&prefetch->mutex, NULL); /* cannot fail */
    (void)pthread_cond_init(&prefetch->wanted, NULL); /* the same */
}

/* Returns false when the helper is to end. */
static bool take_block(struct prefetch *prefetch, uint64_t *position,
                       uint32_t *stored)
{
    bool is_ending;

    pthread_mutex_lock(&prefetch->mutex);
    prefetch->is_waiting = true;
    while (!prefetch->has_block && !prefetch->is_ending)
        pthread_cond_wait(&prefetch->wanted, &prefetch->mutex);
    prefetch->is_waiting = false;
    prefetch->has_block = false;
    *position = prefetch->position;
    *stored = prefetch->stored;
    is_ending = prefetch->is_ending;
    pthread_mutex_unlock(&prefetch->mutex);
    return !is_ending;
}

static void *run(void *context)
{
    struct prefetch *prefetch = context;
    struct cached_block *block;
    uint64_t position;
    uint32_t stored;

    prefetch->warm_up(prefetch->context);
    while (take_block(prefetch, &position, &stored)) {
        block = block_cache_get(prefetch->cache, position, stored);
        if (block) /* else whoever wants it will see the error */
            block_cache_put(prefetch->cache, block);
    }
    return NULL;
}

/* Under the mutex. Where there is no thread to be had, there is no helper. */
static void start(struct prefetch *prefetch)
{
    pthread_attr_t attributes;

    if (!prefetch->cache || prefetch->is_started || cpus_allowed() == 1 ||
        pthread_attr_init(&attributes) != 0)
        return;
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE); /* is valid */
    if (pthread_create(&prefetch->thread, &attributes, run, prefetch) == 0)
        prefetch->is_started = true;
    else
        prefetch->cache = NULL;
    (void)pthread_attr_destroy(&attributes); /* cannot fail */
}

void prefetch_start(struct prefetch *prefetch)
{
    pthread_mutex_lock(&prefetch->mutex);
    start(prefetch);
    pthread_mutex_unlock(&prefetch->mutex);
}

void prefetch_block(struct prefetch *prefetch, uint64_t position,
                    uint32_t stored)
{
    pthread_mutex_lock(&prefetch->mutex);
    start(prefetch);
    if (prefetch->is_waiting && !prefetch->has_block) {
        prefetch->position = position;
        prefetch->stored = stored;
        prefetch->has_block = true;
        pthread_cond_signal(&prefetch->wanted);
    }
    pthread_mutex_unlock(&prefetch->mutex);
}

void prefetch_clear(struct prefetch *prefetch)
{
    pthread_mutex_lock(&prefetch->mutex);
    prefetch->is_ending = true;
    pthread_cond_signal(&prefetch->wanted);
    pthread_mutex_unlock(&prefetch->mutex);
    if (prefetch->is_started)
        (void)pthread_join(prefetch->thread, NULL); /* is ours */
    (void)pthread_cond_destroy(&prefetch->wanted);  /* nobody waits */
    (void)pthread_mutex_destroy(&prefetch->mutex);  /* not locked */
}
