#include "config.h"

#include "squashfs/unpack.h"

#include <errno.h>
#include <stdlib.h>

struct unpacker {
    struct unpacker *next;
    void *state;
    unsigned char input[];
};

void unpackers_init(struct unpackers *unpackers, const struct codec *codec,
                    size_t input_size)
{
    *unpackers = (struct unpackers){.codec = codec, .input_size = input_size};
    (void)pthread_mutex_init(&unpackers->mutex, NULL); /* cannot fail */
}

static void unpacker_free(const struct codec *codec, struct unpacker *unpacker)
{
    if (codec->end)
        codec->end(unpacker->state);
    free(unpacker);
}

void unpackers_clear(struct unpackers *unpackers)
{
    struct unpacker *unpacker;

    while ((unpacker = unpackers->free)) {
        unpackers->free = unpacker->next;
        unpacker_free(unpackers->codec, unpacker);
    }
    (void)pthread_mutex_destroy(&unpackers->mutex); /* not locked */
}

static struct unpacker *unpacker_make(const struct unpackers *unpackers)
{
    struct unpacker *unpacker =
        malloc(sizeof(*unpacker) + unpackers->input_size);

    if (!unpacker)
        return NULL;
    unpacker->state = NULL;
    if (unpackers->codec->start &&
        unpackers->codec->start(&unpacker->state) < 0) {
        free(unpacker);
        errno = ENOMEM;
        return NULL;
    }
    return unpacker;
}

static struct unpacker *unpacker_take(struct unpackers *unpackers)
{
    struct unpacker *unpacker;

    pthread_mutex_lock(&unpackers->mutex);
    unpacker = unpackers->free;
    if (unpacker)
        unpackers->free = unpacker->next;
    pthread_mutex_unlock(&unpackers->mutex);
    return unpacker ? unpacker : unpacker_make(unpackers);
}

static void unpacker_return(struct unpackers *unpackers,
                            struct unpacker *unpacker)
{
    pthread_mutex_lock(&unpackers->mutex);
    unpacker->next = unpackers->free;
    unpackers->free = unpacker;
    pthread_mutex_unlock(&unpackers->mutex);
}

void unpackers_add(struct unpackers *unpackers)
{
    struct unpacker *unpacker = unpacker_make(unpackers);

    if (unpacker)
        unpacker_return(unpackers, unpacker);
}

static ssize_t unpack_with(const struct codec *codec, struct unpacker *unpacker,
                           const void *input, size_t length, void *output,
                           size_t capacity)
{
    ssize_t unpacked =
        codec->unpack(unpacker->state, input, length, output, capacity);

    if (unpacked >= 0)
        return unpacked;
    errno = EIO;
    return -1;
}

ssize_t unpack_bytes(struct unpackers *unpackers, const void *input,
                     size_t length, void *output, size_t capacity)
{
    struct unpacker *unpacker = unpacker_take(unpackers);
    ssize_t unpacked;

    if (!unpacker)
        return -1;
    unpacked = unpack_with(unpackers->codec, unpacker, input, length, output,
                           capacity);
    unpacker_return(unpackers, unpacker);
    return unpacked;
}

ssize_t unpack_file(struct unpackers *unpackers, struct image_file *file,
                    uint64_t position, size_t length, void *output,
                    size_t capacity)
{
    struct unpacker *unpacker;
    ssize_t unpacked = -1;

    if (length > unpackers->input_size) {
        errno = EIO;
        return -1;
    }
    unpacker = unpacker_take(unpackers);
    if (!unpacker)
        return -1;
    if (image_file_read(file, unpacker->input, length, position) == 0)
        unpacked = unpack_with(unpackers->codec, unpacker, unpacker->input,
                               length, output, capacity);
    unpacker_return(unpackers, unpacker);
    return unpacked;
}
