#include "config.h"

#include "squashfs/metadata.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/little_endian.h"
#include "squashfs/reader.h"

#define LENGTH_SIZE 2      /* in front of each block */
#define IS_STORED   0x8000 /* in that length: the block is not compressed */

static int damaged(void)
{
    errno = EIO;
    return -1;
}

/* --- loading a block -------------------------------------------------------
 */

static int unpack_block(struct squashfs_image *image,
                        const unsigned char *packed, size_t length,
                        bool is_stored, struct cached_block *block)
{
    ssize_t unpacked = (ssize_t)length;

    if (is_stored)
        memcpy(block->data, packed, length);
    else
        unpacked = unpack_bytes(&image->unpackers, packed, length, block->data,
                                METADATA_BLOCK_SIZE);
    if (unpacked < 0)
        return -1;
    if (!is_stored)
        statistics_add_unpacked(&image->statistics, (size_t)unpacked);
    if (unpacked == 0)
        return damaged();
    block->length = (uint32_t)unpacked;
    return 0;
}

/* How long the block is shows only once it has been read: one read(2) of the
   longest is faster than two. */
int metadata_load(struct squashfs_image *image, struct cached_block *block)
{
    unsigned char packed[LENGTH_SIZE + METADATA_BLOCK_SIZE];
    uint64_t left = image->super.bytes_used - block->position;
    size_t available = left < sizeof(packed) ? left : sizeof(packed);
    size_t length;

    if (block->position > image->super.bytes_used || available < LENGTH_SIZE)
        return damaged();
    if (image_file_read(&image->file, packed, available, block->position) < 0)
        return -1;
    length = le16(packed) & ~IS_STORED;
    if (length == 0 || length > available - LENGTH_SIZE)
        return damaged();
    block->end = block->position + LENGTH_SIZE + length;
    return unpack_block(image, packed + LENGTH_SIZE, length,
                        le16(packed) & IS_STORED, block);
}

/* --- the cursor ------------------------------------------------------------
 */

void metadata_close(struct metadata_cursor *cursor)
{
    if (cursor->block)
        block_cache_put(&cursor->image->metadata, cursor->block);
    cursor->block = NULL;
}

void metadata_seek(struct metadata_cursor *cursor, struct metadata_place place,
                   uint64_t limit)
{
    if (cursor->block && cursor->block->position != place.position)
        metadata_close(cursor);
    cursor->place = place;
    cursor->limit = limit;
}

static int pin_block(struct metadata_cursor *cursor)
{
    if (cursor->place.position >= cursor->limit)
        return damaged();
    cursor->block =
        block_cache_get(&cursor->image->metadata, cursor->place.position, 0);
    return cursor->block ? 0 : -1;
}

/* Make the cursor's block one that has something left. */
static int enter_block(struct metadata_cursor *cursor)
{
    uint64_t end;

    if (!cursor->block && pin_block(cursor) < 0)
        return -1;
    if (cursor->block->end > cursor->limit ||
        cursor->place.offset > cursor->block->length)
        return damaged();
    if (cursor->place.offset < cursor->block->length)
        return 0;
    end = cursor->block->end;
    metadata_close(cursor);
    cursor->place = (struct metadata_place){.position = end};
    if (pin_block(cursor) < 0)
        return -1;
    return cursor->block->end > cursor->limit ? damaged() : 0;
}

int metadata_read(struct metadata_cursor *cursor, void *buffer, size_t length)
{
    unsigned char *p = buffer;
    size_t part;

    while (length) {
        if (enter_block(cursor) < 0)
            return -1;
        part = cursor->block->length - cursor->place.offset;
        if (part > length)
            part = length;
        if (p) {
            memcpy(p, cursor->block->data + cursor->place.offset, part);
            p += part;
        }
        cursor->place.offset += (uint32_t)part;
        length -= part;
    }
    return 0;
}

int metadata_read_entry(struct squashfs_image *image, uint64_t list,
                        uint32_t index, void *entry, size_t size)
{
    METADATA_CURSOR cursor = {.image = image};
    uint64_t offset = (uint64_t)index * size;
    uint64_t item = list + offset / METADATA_BLOCK_SIZE * 8;
    unsigned char position[8];

    if (item + sizeof(position) > image->super.bytes_used)
        return damaged();
    if (image_file_read(&image->file, position, sizeof(position), item) < 0)
        return -1;
    metadata_seek(&cursor,
                  (struct metadata_place){
                      .position = le64(position),
                      .offset = (uint32_t)(offset % METADATA_BLOCK_SIZE)},
                  list);
    return metadata_read(&cursor, entry, size);
}
