/* Plain LZ4 blocks, which is all that SquashFS 4.0 defines. */

#include "config.h"

#include <lz4.h>

#include "squashfs/codec.h"

static ssize_t unpack(void *state, const void *input, size_t length,
                      void *output, size_t capacity)
{
    (void)state;
    /* Both are at most the 1 MiB of a block. */
    return LZ4_decompress_safe(input, output, (int)length, (int)capacity);
}

const struct codec codec_lz4 = {.unpack = unpack};
