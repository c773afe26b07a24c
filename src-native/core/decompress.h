/* The bytes of a file, decompressed: gzip by zlib or ISA-L, which unlike
   libarchive verify the checksum; xz, bzip2 and zstd by libarchive's filters;
   anything else as it is. Recognised by content. Several compressed streams one
   behind another count as one, and what follows the last of them is ignored, as
   gzip(1) does. */

#ifndef CH_DECOMPRESS_H
#define CH_DECOMPRESS_H

#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "digest.h"
#include "error.h"

struct decompressor;

/* Open the file `path` (a pipe will do). `control` is counted up by the bytes
   of the file as they are read, and asked before each read. The caller closes
   what it gets in `*decompressor`. */
int decompressor_open(struct decompressor **decompressor, const char *path,
                      struct ch_control *control, struct ch_error *err);

/* The same for a descriptor, which stays the caller's, from its current
   position on. `name` is for messages. What is read of it is added to `digest`,
   if that is not NULL. */
int decompressor_open_fd(struct decompressor **decompressor, int fd,
                         const char *name, struct digest *digest,
                         struct ch_control *control, struct ch_error *err);

/* Point `*data` at the next bytes, valid until the next call. Returns how many
   there are; 0 at the end, when all checksums were right; or -1. */
ssize_t decompressor_read(struct decompressor *decompressor, const void **data,
                          struct ch_error *err);

/* Skip up to `length` bytes without reading them, where that is possible: in a
   regular file that is not compressed. Returns how many were skipped. */
int64_t decompressor_skip(struct decompressor *decompressor, int64_t length);

/* How many bytes of the file were read so far. */
int64_t decompressor_input_bytes(const struct decompressor *decompressor);

/* Read what is behind the compressed data, which counts for the digest only. */
int decompressor_drain(struct decompressor *decompressor, struct ch_error *err);

/* Make decompressor_read() in another thread fail with ECANCELED soon. */
void decompressor_stop(struct decompressor *decompressor);

/* Release everything. NULL is allowed. */
void decompressor_close(struct decompressor *decompressor);

static inline void cleanup_decompressor(struct decompressor **decompressor)
{
    decompressor_close(*decompressor);
}

#define CLEANUP_DECOMPRESSOR __attribute__((cleanup(cleanup_decompressor)))

#endif
