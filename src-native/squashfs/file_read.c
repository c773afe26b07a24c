#include "config.h"

#include "squashfs/file_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/little_endian.h"
#include "squashfs/inode.h"
#include "squashfs/layout.h"
#include "squashfs/metadata.h"
#include "squashfs/reader.h"

#define FRAGMENT_SIZE 16 /* of an entry in the fragment table */

static int damaged(void)
{
    errno = EIO;
    return -1;
}

int file_pieces_init(struct file_pieces *pieces,
                     const struct squashfs_image *image, size_t length_max)
{
    /* A read may start and end within blocks. */
    size_t count = length_max / image->super.block_size + 2;
    unsigned char *buffer = mmap(NULL, length_max, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (buffer == MAP_FAILED)
        return -1;
    *pieces = (struct file_pieces){
        .buffer = buffer,
        .length_max = length_max,
        .pieces = calloc(count, sizeof(struct iovec)),
        .pinned = calloc(count, sizeof(struct cached_block *)),
    };
    if (pieces->pieces && pieces->pinned)
        return 0;
    file_pieces_free(pieces);
    errno = ENOMEM;
    return -1;
}

void file_pieces_free(struct file_pieces *pieces)
{
    (void)munmap(pieces->buffer, pieces->length_max); /* is ours */
    free(pieces->pieces);
    free(pieces->pinned);
}

static void add_piece(struct file_pieces *pieces, unsigned char *start,
                      size_t length)
{
    pieces->pieces[pieces->count++] = (struct iovec){start, length};
}

/* `length` bytes from `offset` of what lies at `position` of the image, `word`
   (a length as in layout.h) long. */
static int add_part(struct squashfs_image *image, uint64_t position,
                    uint32_t word, size_t offset, size_t length,
                    struct file_pieces *pieces)
{
    unsigned char *start = pieces->buffer + pieces->buffer_used;
    struct cached_block *block;

    if (word & BLOCK_IS_STORED) {
        if (offset + length > BLOCK_LENGTH(word))
            return damaged();
        if (image_file_read(&image->file, start, length, position + offset) < 0)
            return -1;
        statistics_add(&image->statistics.bytes_stored, length);
        pieces->buffer_used += length;
        add_piece(pieces, start, length);
        return 0;
    }
    block = block_cache_get(&image->blocks, position, BLOCK_LENGTH(word));
    if (!block)
        return -1;
    pieces->pinned[pieces->pinned_count++] = block;
    if (offset + length > block->length)
        return damaged();
    add_piece(pieces, block->data + offset, length);
    return 0;
}

static int add_fragment(struct squashfs_image *image,
                        const struct layout_file *file, size_t offset,
                        size_t length, struct file_pieces *pieces)
{
    const struct squashfs_super *super = &image->super;
    unsigned char entry[FRAGMENT_SIZE];
    uint64_t position;
    uint32_t word;

    if (metadata_read_entry(image, super->fragment_table, file->fragment, entry,
                            sizeof(entry)) < 0)
        return -1;
    position = le64(entry);
    word = le32(entry + 8);
    if (position > super->bytes_used || BLOCK_LENGTH(word) == 0 ||
        BLOCK_LENGTH(word) > super->block_size ||
        BLOCK_LENGTH(word) > super->bytes_used - position)
        return damaged();
    return add_part(image, position, word, file->fragment_offset + offset,
                    length, pieces);
}

/* The block behind the one that `walk` has come to, unless it is not there or
   needs no unpacking. What is wrong with it shows when it is read. */
static void prefetch_second(struct squashfs_image *image,
                            const struct layout_file *file,
                            const struct layout_walk *walk)
{
    LAYOUT_WALK ahead = {.cursor.image = image};
    uint64_t position;
    uint32_t word;

    if (walk->next + 1 >= file->block_count)
        return;
    metadata_seek(&ahead.cursor, walk->cursor.place, walk->cursor.limit);
    ahead.position = walk->position;
    if (layout_next(&ahead, &position, &word) < 0 ||
        layout_next(&ahead, &position, &word) < 0)
        return;
    if (BLOCK_LENGTH(word) && !(word & BLOCK_IS_STORED))
        prefetch_block(&image->prefetch, position, BLOCK_LENGTH(word));
}

/* The next piece of the file: at `offset` of the block that `walk` has come to,
   or of the fragment behind all blocks. */
static int add_next(struct squashfs_image *image,
                    const struct layout_file *file, struct layout_walk *walk,
                    size_t offset, size_t length, struct file_pieces *pieces)
{
    uint64_t position;
    uint32_t word;

    if (walk->next == file->block_count)
        return add_fragment(image, file, offset, length, pieces);
    if (layout_next(walk, &position, &word) < 0)
        return -1;
    if (BLOCK_LENGTH(word) == 0) {
        add_piece(pieces, image->zeros, length);
        return 0;
    }
    return add_part(image, position, word, offset, length, pieces);
}

static size_t smaller(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

ssize_t file_read(struct squashfs_image *image, uint64_t reference,
                  uint64_t offset, size_t length, struct file_pieces *pieces)
{
    uint32_t block_size = image->super.block_size;
    struct layout_file file;
    LAYOUT_WALK walk = {.cursor.image = image};
    size_t done = 0;

    if (layout_open(image, reference, offset, &file, &walk) < 0)
        return -1;
    if (offset >= file.size)
        return 0;
    length = smaller(file.size - offset, smaller(pieces->length_max, length));
    if ((offset & (block_size - 1)) + length > block_size)
        prefetch_second(image, &file, &walk);
    while (done < length) {
        size_t start = (offset + done) & (block_size - 1);
        size_t part = smaller(block_size - start, length - done);

        if (add_next(image, &file, &walk, start, part, pieces) < 0)
            return -1;
        done += part;
    }
    return (ssize_t)length;
}

void file_release(struct squashfs_image *image, struct file_pieces *pieces)
{
    for (size_t i = 0; i < pieces->pinned_count; i++)
        block_cache_put(&image->blocks, pieces->pinned[i]);
    pieces->count = pieces->pinned_count = pieces->buffer_used = 0;
}
