/* Reading from the image and unpacking what was read. Decompressors and the
   buffers in front of them are kept for re-use: there are as many of them as
   threads ever unpacked at the same time. */

#ifndef CH_UNPACK_H
#define CH_UNPACK_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "squashfs/codec.h"
#include "squashfs/image_file.h"

struct unpacker;

struct unpackers {
    const struct codec *codec;
    size_t input_size; /* of the largest block on disk */
    pthread_mutex_t mutex;
    struct unpacker *free;
};

void unpackers_init(struct unpackers *unpackers, const struct codec *codec,
                    size_t input_size);

/* Have one more ready, if there is memory for it. */
void unpackers_add(struct unpackers *unpackers);

/* Nobody may be unpacking any more. */
void unpackers_clear(struct unpackers *unpackers);

/* Unpack `length` bytes of `input` into at most `capacity` bytes of `output`.
   Returns their number, or -1 with errno set: EIO if the data is damaged. */
ssize_t unpack_bytes(struct unpackers *unpackers, const void *input,
                     size_t length, void *output, size_t capacity);

/* The same with input from `position` of the image, which may be at most
   `input_size` long. */
ssize_t unpack_file(struct unpackers *unpackers, struct image_file *file,
                    uint64_t position, size_t length, void *output,
                    size_t capacity);

#endif
