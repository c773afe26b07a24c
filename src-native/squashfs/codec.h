/* The ways in which a SquashFS image may be compressed. Each is a file
   codec_NAME.c around one library, built where configure found that. */

#ifndef CH_CODEC_H
#define CH_CODEC_H

#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"

struct codec {
    /* Make what one thread needs to unpack; NULL where nothing is needed.
       Returns 0 or -1 (no memory). */
    int (*start)(void **state);

    /* Unpack all of `input` into at most `capacity` bytes. Returns how many
       they are, -1 if the input is damaged or would not fit. */
    ssize_t (*unpack)(void *state, const void *input, size_t length,
                      void *output, size_t capacity);

    void (*end)(void *state); /* NULL where start is, or has made nothing */
};

extern const struct codec codec_gzip;
extern const struct codec codec_lzo;
extern const struct codec codec_xz;
extern const struct codec codec_lz4;
extern const struct codec codec_zstd;

/* What unpacks the compressor of that number in a superblock. NULL, with an
   error, where this build has nothing for it. */
const struct codec *codec_find(unsigned compressor, struct ch_error *err);

#endif
