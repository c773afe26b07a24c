/* Reading regular files: what a read wants, as pieces of memory that lie where
   they were unpacked. Nothing is copied; blocks that are stored as they are go
   straight from the image to the caller's buffer. */

#ifndef CH_FILE_READ_H
#define CH_FILE_READ_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "squashfs/block_cache.h"

struct squashfs_image;

struct file_pieces {
    struct iovec *pieces;
    size_t count;
    struct cached_block **pinned;
    size_t pinned_count;
    unsigned char *buffer; /* for stored blocks */
    size_t buffer_used;
    size_t length_max; /* of a read, and the size of `buffer` */
};

/* Room for reads of at most `length_max` bytes, which may be used again and
   again. Returns 0, or -1 with errno set and nothing to free. */
int file_pieces_init(struct file_pieces *pieces,
                     const struct squashfs_image *image, size_t length_max);
void file_pieces_free(struct file_pieces *pieces);

/* Read the file whose inode is at `reference`. Returns how many bytes the
   pieces have, fewer than asked for only at the file's end; -1 with errno set.
   The pieces are good until file_release(), which must be called in any case.
 */
ssize_t file_read(struct squashfs_image *image, uint64_t reference,
                  uint64_t offset, size_t length, struct file_pieces *pieces);

void file_release(struct squashfs_image *image, struct file_pieces *pieces);

#endif
