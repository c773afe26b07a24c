#include "config.h"

#include "squashfs/layout.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/little_endian.h"
#include "squashfs/inode.h"
#include "squashfs/reader.h"

/* Adding up so many lengths costs less than anything else in a read. */
#define STEP_BLOCKS_MIN 64

/* Files with more steps than that get longer ones. */
#define STEPS_MAX 1024

struct layout {
    struct layout_file file;
    uint64_t step_blocks;
    uint64_t step_count;
    struct layout_step steps[];
};

void layout_cache_init(struct layout_cache *cache)
{
    *cache = (struct layout_cache){.clock = 0};
    (void)pthread_mutex_init(&cache->mutex, NULL); /* cannot fail */
}

void layout_cache_clear(struct layout_cache *cache)
{
    for (size_t i = 0; i < LAYOUT_CACHE_COUNT; i++)
        free(cache->slots[i].layout);
    (void)pthread_mutex_destroy(&cache->mutex); /* not locked */
}

/* --- walking ---------------------------------------------------------------
 */

void layout_close(struct layout_walk *walk)
{
    metadata_close(&walk->cursor);
}

int layout_next(struct layout_walk *walk, uint64_t *position, uint32_t *length)
{
    const struct squashfs_super *super = &walk->cursor.image->super;
    unsigned char word[4];

    if (metadata_read(&walk->cursor, word, sizeof(word)) < 0)
        return -1;
    *position = walk->position;
    *length = le32(word);
    if (BLOCK_LENGTH(*length) > super->block_size ||
        BLOCK_LENGTH(*length) > super->bytes_used - walk->position) {
        errno = EIO;
        return -1;
    }
    walk->position += BLOCK_LENGTH(*length);
    walk->next++;
    return 0;
}

static int walk_to(struct layout_walk *walk, uint64_t block)
{
    uint64_t position;
    uint32_t length;

    while (walk->next < block)
        if (layout_next(walk, &position, &length) < 0)
            return -1;
    return 0;
}

static void start_at(struct layout_walk *walk, uint64_t block,
                     const struct layout_step *step)
{
    metadata_seek(&walk->cursor, step->lengths,
                  walk->cursor.image->super.directory_table);
    walk->next = block;
    walk->position = step->position;
}

/* --- making a layout -------------------------------------------------------
 */

/* The end of a file that does not fill a block is one more block, unless it is
   in a fragment. */
static uint64_t count_blocks(const struct squashfs_super *super,
                             const struct inode *inode)
{
    uint64_t count = inode->size >> super->block_log;

    if (inode->fragment == INODE_NO_FRAGMENT &&
        inode->size & (super->block_size - 1))
        count++;
    return count;
}

static int make_steps(struct squashfs_image *image, struct layout *layout)
{
    LAYOUT_WALK walk = {.cursor.image = image};

    start_at(&walk, 0, &layout->steps[0]);
    for (uint64_t i = 1; i < layout->step_count; i++) {
        if (walk_to(&walk, i * layout->step_blocks) < 0)
            return -1;
        layout->steps[i] = (struct layout_step){
            .position = walk.position,
            .lengths = walk.cursor.place,
        };
    }
    return 0;
}

static struct layout *allocate(const struct squashfs_super *super,
                               uint64_t reference, const struct inode *inode)
{
    uint64_t blocks = count_blocks(super, inode);
    uint64_t step_blocks = STEP_BLOCKS_MIN;
    uint64_t step_count;
    struct layout *layout;

    while (blocks / step_blocks >= STEPS_MAX)
        step_blocks *= 2;
    step_count = blocks / step_blocks + 1;
    layout = malloc(sizeof(*layout) + step_count * sizeof(layout->steps[0]));
    if (!layout)
        return NULL;
    *layout = (struct layout){
        .file = {.reference = reference,
                 .size = inode->size,
                 .block_count = blocks,
                 .fragment = inode->fragment,
                 .fragment_offset = inode->fragment_offset},
        .step_blocks = step_blocks,
        .step_count = step_count,
    };
    layout->steps[0] = (struct layout_step){.position = inode->first_block,
                                            .lengths = inode->tail};
    return layout;
}

static struct layout *layout_make(struct squashfs_image *image,
                                  uint64_t reference)
{
    struct layout *layout;
    struct inode inode;

    if (inode_read(image, reference, &inode) < 0)
        return NULL;
    if (!S_ISREG(inode.mode)) {
        errno = EIO;
        return NULL;
    }
    layout = allocate(&image->super, reference, &inode);
    if (layout && make_steps(image, layout) < 0) {
        free(layout);
        return NULL;
    }
    return layout;
}

/* --- the cache -------------------------------------------------------------
 */

static void start_walk(struct layout *layout, uint64_t block,
                       struct layout_file *file, struct layout_walk *walk)
{
    uint64_t step = block / layout->step_blocks;

    *file = layout->file;
    if (step >= layout->step_count)
        step = layout->step_count - 1;
    start_at(walk, step * layout->step_blocks, &layout->steps[step]);
}

static struct layout_slot *find_slot(struct layout_cache *cache,
                                     uint64_t reference)
{
    for (size_t i = 0; i < LAYOUT_CACHE_COUNT; i++)
        if (cache->slots[i].reference == reference && cache->slots[i].layout)
            return &cache->slots[i];
    return NULL;
}

static bool use_cached(struct layout_cache *cache, uint64_t reference,
                       uint64_t block, struct layout_file *file,
                       struct layout_walk *walk)
{
    struct layout_slot *slot;

    pthread_mutex_lock(&cache->mutex);
    slot = find_slot(cache, reference);
    if (slot) {
        slot->last_use = ++cache->clock;
        start_walk(slot->layout, block, file, walk);
    }
    pthread_mutex_unlock(&cache->mutex);
    return slot;
}

/* Free slots were never used. */
static struct layout_slot *oldest_slot(struct layout_cache *cache)
{
    struct layout_slot *oldest = &cache->slots[0];

    for (size_t i = 1; i < LAYOUT_CACHE_COUNT; i++)
        if (cache->slots[i].last_use < oldest->last_use)
            oldest = &cache->slots[i];
    return oldest;
}

/* Takes the layout. Another thread may have made the same meanwhile: then one
   of the two replaces the other. */
static void keep(struct layout_cache *cache, struct layout *layout)
{
    struct layout_slot *slot;
    struct layout *dropped;

    pthread_mutex_lock(&cache->mutex);
    slot = find_slot(cache, layout->file.reference);
    if (!slot)
        slot = oldest_slot(cache);
    dropped = slot->layout;
    *slot = (struct layout_slot){
        .reference = layout->file.reference,
        .last_use = ++cache->clock,
        .layout = layout,
    };
    pthread_mutex_unlock(&cache->mutex);
    free(dropped);
}

int layout_open(struct squashfs_image *image, uint64_t reference,
                uint64_t offset, struct layout_file *file,
                struct layout_walk *walk)
{
    uint64_t block = offset >> image->super.block_log;
    struct layout *layout;

    *walk = (struct layout_walk){.cursor.image = image};
    if (!use_cached(&image->layouts, reference, block, file, walk)) {
        layout = layout_make(image, reference);
        if (!layout)
            return -1;
        start_walk(layout, block, file, walk);
        keep(&image->layouts, layout);
    }
    if (block > file->block_count)
        block = file->block_count;
    return walk_to(walk, block);
}
