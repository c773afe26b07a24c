/* LZO1X blocks without a head. */

#include "config.h"

#include <lzo/lzo1x.h>

#include "squashfs/codec.h"

/* The library wants to see once that it was compiled for this machine. */
static int start(void **state)
{
    *state = NULL;
    return lzo_init() == LZO_E_OK ? 0 : -1;
}

static ssize_t unpack(void *state, const void *input, size_t length,
                      void *output, size_t capacity)
{
    lzo_uint unpacked = capacity;

    (void)state;
    if (lzo1x_decompress_safe(input, length, output, &unpacked, NULL) !=
        LZO_E_OK)
        return -1;
    return (ssize_t)unpacked;
}

const struct codec codec_lzo = {.start = start, .unpack = unpack};
