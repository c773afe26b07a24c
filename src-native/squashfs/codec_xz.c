/* Each block is a whole .xz stream. The decoder is initialised again for each,
   which keeps the memory that it has. */

#include "config.h"

#include <lzma.h>
#include <stdlib.h>

#include "squashfs/codec.h"

/* A dictionary is no larger than a block (1 MiB); a stream that wants more
   than this is damaged. */
#define MEMORY_MAX (16 << 20)

static int start(void **state)
{
    lzma_stream *stream = malloc(sizeof(*stream));

    if (!stream)
        return -1;
    *stream = (lzma_stream)LZMA_STREAM_INIT;
    *state = stream;
    return 0;
}

static ssize_t unpack(void *state, const void *input, size_t length,
                      void *output, size_t capacity)
{
    lzma_stream *stream = state;

    if (lzma_stream_decoder(stream, MEMORY_MAX, 0) != LZMA_OK)
        return -1;
    stream->next_in = input;
    stream->avail_in = length;
    stream->next_out = output;
    stream->avail_out = capacity;
    if (lzma_code(stream, LZMA_FINISH) != LZMA_STREAM_END)
        return -1;
    return (ssize_t)(capacity - stream->avail_out);
}

static void end(void *state)
{
    lzma_end(state);
    free(state);
}

const struct codec codec_xz = {.start = start, .unpack = unpack, .end = end};
