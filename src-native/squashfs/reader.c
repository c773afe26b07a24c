#include "config.h"

#include "squashfs/reader.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "squashfs/directory.h"
#include "squashfs/inode.h"
#include "squashfs/metadata.h"

static int metadata_load_block(void *context, struct cached_block *block)
{
    return metadata_load(context, block);
}

/* A block of a file or a fragment block; `stored` is its size word. */
static int data_load_block(void *context, struct cached_block *block)
{
    struct squashfs_image *image = context;
    ssize_t length =
        unpack_file(&image->unpackers, &image->file, block->position,
                    block->stored, block->data, image->super.block_size);

    if (length < 0)
        return -1;
    statistics_add_unpacked(&image->statistics, (size_t)length);
    block->length = (uint32_t)length;
    block->end = block->position + block->stored;
    return 0;
}

/* By the helper: the first huge page of the arena, which the kernel has to fill
   with zeros, and a decompressor. Each is a good part of a short launch. */
static void warm_up(void *context)
{
    struct squashfs_image *image = context;

    block_cache_touch(&image->blocks);
    unpackers_add(&image->unpackers);
}

static int make_caches(struct squashfs_image *image, size_t cache_size,
                       struct ch_error *err)
{
    uint32_t block_size = image->super.block_size;

    if (cache_size < block_size)
        cache_size = block_size;
    image->zeros =
        mmap(NULL, block_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (image->zeros == MAP_FAILED) {
        image->zeros = NULL;
        return ch_error_set(err, errno, "cannot open the image");
    }
    if (block_cache_init(&image->metadata, METADATA_CACHE_SIZE,
                         METADATA_BLOCK_SIZE, metadata_load_block, image) < 0 ||
        block_cache_init(&image->blocks, cache_size, block_size,
                         data_load_block, image) < 0)
        return ch_error_set(err, errno, "cannot open the image");
    prefetch_init(&image->prefetch, &image->blocks, warm_up, image);
    return 0;
}

/* An image whose root cannot be listed is of no use: say so before it is
   mounted. */
static bool is_root_readable(struct squashfs_image *image)
{
    DIRECTORY directory = {.cursor.image = image};
    struct directory_entry entry;
    struct inode root;

    return inode_read(image, image->super.root_inode, &root) == 0 &&
           directory_open(image, &root, 0, &directory) == 0 &&
           directory_next(&directory, &entry) >= 0;
}

static int check_root(struct squashfs_image *image, struct ch_error *err)
{
    if (is_root_readable(image))
        return 0;
    ch_error_set(err, 0, "damaged SquashFS image: cannot read its root");
    return ch_error_hint(err, "make or copy the image again");
}

/* Where the fragments are listed: 16 bytes for each, in metadata blocks whose
   positions make up this table. */
static int check_fragments(const struct squashfs_super *super,
                           struct ch_error *err)
{
    uint64_t blocks =
        ((uint64_t)super->fragment_count * 16 + METADATA_BLOCK_SIZE - 1) /
        METADATA_BLOCK_SIZE;

    if (!blocks || super->bytes_used - super->fragment_table >= blocks * 8)
        return 0;
    ch_error_set(err, 0, "damaged SquashFS image: %u fragments do not fit",
                 super->fragment_count);
    return ch_error_hint(err, "make or copy the image again");
}

static int open_tables(struct squashfs_image *image,
                       const struct squashfs_place *place, size_t cache_size,
                       struct ch_error *err)
{
    const struct codec *codec;
    size_t input_size;

    layout_cache_init(&image->layouts);
    if (image_file_open(&image->file, place, err) < 0 ||
        squashfs_check(place, &image->super, err) < 0)
        return -1;
    codec = codec_find(image->super.compressor, err);
    if (!codec)
        return -1;
    input_size = image->super.block_size;
    if (input_size < METADATA_BLOCK_SIZE)
        input_size = METADATA_BLOCK_SIZE;
    unpackers_init(&image->unpackers, codec, input_size);
    if (check_fragments(&image->super, err) < 0 ||
        make_caches(image, cache_size, err) < 0 ||
        xattr_table_open(image, err) < 0)
        return -1;
    return check_root(image, err);
}

struct squashfs_image *reader_open(const struct squashfs_place *place,
                                   const struct squashfs_settings *settings,
                                   struct ch_error *err)
{
    size_t cache_size =
        settings->cache_size ? settings->cache_size : READER_CACHE_SIZE;
    struct squashfs_image *image = calloc(1, sizeof(*image));

    if (!image) {
        ch_error_set(err, errno, "cannot open the image");
        return NULL;
    }
    image->threads_max = settings->threads;
    image->uid = settings->uid;
    image->gid = settings->gid;
    damage_log_init(&image->damage, settings->report, settings->context);
    if (record_open(settings, &image->record) < 0)
        ch_error_set(err, errno, "cannot open the image");
    else if (open_tables(image, place, cache_size, err) == 0)
        return image;
    reader_close(image);
    return NULL;
}

void reader_close(struct squashfs_image *image)
{
    prefetch_clear(&image->prefetch);
    layout_cache_clear(&image->layouts);
    block_cache_clear(&image->blocks);
    block_cache_clear(&image->metadata);
    unpackers_clear(&image->unpackers);
    damage_log_clear(&image->damage);
    record_close(image->record);
    if (image->zeros)
        (void)munmap(image->zeros, image->super.block_size); /* is ours */
    free(image);
}
