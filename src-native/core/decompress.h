/* The bytes of a file, decompressed: gzip by zlib, which unlike libarchive
   verifies the checksum; xz, bzip2 and zstd by libarchive's filters; anything
   else as it is. Recognised by content. Several compressed streams one behind
   another count as one, and what follows the last of them is ignored, as
   gzip(1) does. */

#ifndef CH_DECOMPRESS_H
#define CH_DECOMPRESS_H

#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "error.h"

struct decompressor;

/* Open the file `path` (a pipe will do). `control` is counted up by the bytes
   of the file as they are read, and asked before each read. The caller closes
   what it gets in `*decompressor`. */
int decompressor_open(struct decompressor **decompressor, const char *path,
                      struct ch_control *control, struct ch_error *err);

/* Point `*data` at the next bytes, valid until the next call. Returns how many
   there are; 0 at the end, when all checksums were right; or -1. */
ssize_t decompressor_read(struct decompressor *decompressor, const void **data,
                          struct ch_error *err);

/* Skip up to `length` bytes without reading them, where that is possible: in a
   regular file that is not compressed. Returns how many were skipped. */
int64_t decompressor_skip(struct decompressor *decompressor, int64_t length);

/* Release everything. NULL is allowed. */
void decompressor_close(struct decompressor *decompressor);

#endif
