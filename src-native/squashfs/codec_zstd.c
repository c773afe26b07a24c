#include "config.h"

#include <zstd.h>

#include "squashfs/codec.h"

static int start(void **state)
{
    *state = ZSTD_createDCtx();
    return *state ? 0 : -1;
}

static ssize_t unpack(void *state, const void *input, size_t length,
                      void *output, size_t capacity)
{
    size_t unpacked =
        ZSTD_decompressDCtx(state, output, capacity, input, length);

    return ZSTD_isError(unpacked) ? -1 : (ssize_t)unpacked;
}

static void end(void *state)
{
    (void)ZSTD_freeDCtx(state); /* frees always */
}

const struct codec codec_zstd = {.start = start, .unpack = unpack, .end = end};
