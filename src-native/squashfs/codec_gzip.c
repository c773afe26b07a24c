/* "gzip" in SquashFS is zlib's format: a two-byte head, deflate, Adler-32. */

#include "config.h"

#include "squashfs/codec.h"

#include <libdeflate.h>

static int start(void **state)
{
    *state = libdeflate_alloc_decompressor();
    return *state ? 0 : -1;
}

static ssize_t unpack(void *state, const void *input, size_t length,
                      void *output, size_t capacity)
{
    size_t unpacked;

    if (libdeflate_zlib_decompress(state, input, length, output, capacity,
                                   &unpacked) != LIBDEFLATE_SUCCESS)
        return -1;
    return (ssize_t)unpacked;
}

static void end(void *state)
{
    libdeflate_free_decompressor(state);
}

const struct codec codec_gzip = {.start = start, .unpack = unpack, .end = end};
