#include "config.h"

#include "layer_stream.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "decompress.h"

#define SLOT_COUNT 4
#define SLOT_SIZE  ((size_t)512 * 1024)

struct slot {
    size_t length;
    unsigned char bytes[SLOT_SIZE];
};

struct layer_stream {
    const struct layer_source *wanted;
    struct decompressor *source; /* the reader's, until it has ended */
    /* NULL where no digest is wanted. */
    struct digest *packed; /* the reader's, likewise */
    struct digest *plain;  /* the hasher's, likewise */
    int64_t plain_size;    /* the reader's */
    const void *rest;      /* decompressed, in no slot yet; likewise */
    size_t rest_length;

    pthread_mutex_t lock; /* of all that follows but the slots' bytes */
    pthread_cond_t changed;
    /* Slots so far; the n-th one is slots[n % SLOT_COUNT]. */
    uint64_t filled, hashed, taken;
    bool ended;            /* the reader fills no more */
    bool abandoned;        /* nobody wants more */
    bool failed;           /* the reader has set `error` */
    struct ch_error error; /* the caller's, once it has ended */

    pthread_t reader, hasher;
    bool reader_started, hasher_started;
    bool holds_slot; /* the caller has not given its slot back */
    struct slot slots[SLOT_COUNT];
};

static struct slot *slot_at(struct layer_stream *stream, uint64_t number)
{
    return &stream->slots[number % SLOT_COUNT];
}

/* --- the reader --- */

/* Wait for a slot to fill; NULL if nobody wants it. */
static struct slot *reader_wait(struct layer_stream *stream)
{
    struct slot *slot;

    (void)pthread_mutex_lock(&stream->lock); /* fails for broken ones only */
    while (!stream->abandoned &&
           (stream->filled - stream->hashed >= SLOT_COUNT ||
            stream->filled - stream->taken >= SLOT_COUNT))
        (void)pthread_cond_wait(&stream->changed, &stream->lock);
    slot = stream->abandoned ? NULL : slot_at(stream, stream->filled);
    (void)pthread_mutex_unlock(&stream->lock);
    return slot;
}

static void reader_publish(struct layer_stream *stream)
{
    (void)pthread_mutex_lock(&stream->lock);
    stream->filled++;
    if (!stream->plain)
        stream->hashed = stream->filled;
    (void)pthread_cond_broadcast(&stream->changed);
    (void)pthread_mutex_unlock(&stream->lock);
}

static int check_size(struct layer_stream *stream, struct ch_error *err)
{
    const struct layer_limits *limits = &stream->wanted->limits;
    int64_t packed = decompressor_input_bytes(stream->source);

    if (stream->plain_size <= limits->slack ||
        (stream->plain_size - limits->slack) / limits->ratio <= packed)
        return 0;
    ch_error_set(
        err, 0, "refusing \"%s\": %lld bytes of it unpack to more than %lld",
        stream->wanted->name, (long long)packed, (long long)stream->plain_size);
    ch_error_hint(err, "such a layer is made to fill the disk; if you know "
                       "that it is not, allow a greater ratio");
    err->errnum = EFBIG;
    return -1;
}

/* Decompress into the slot until it is full or there is no more. */
static int reader_fill(struct layer_stream *stream, struct slot *slot,
                       struct ch_error *err)
{
    slot->length = 0;
    while (slot->length < SLOT_SIZE) {
        size_t piece = SLOT_SIZE - slot->length;

        if (!stream->rest_length) {
            ssize_t length =
                decompressor_read(stream->source, &stream->rest, err);

            if (length <= 0)
                return (int)length;
            stream->rest_length = (size_t)length;
        }
        if (stream->rest_length < piece)
            piece = stream->rest_length;
        memcpy(slot->bytes + slot->length, stream->rest, piece);
        slot->length += piece;
        stream->rest = (const char *)stream->rest + piece;
        stream->rest_length -= piece;
    }
    return 0;
}

static int reader_work(struct layer_stream *stream, struct ch_error *err)
{
    for (;;) {
        struct slot *slot = reader_wait(stream);

        if (!slot)
            return 0;
        if (reader_fill(stream, slot, err) < 0)
            return -1;
        stream->plain_size += (int64_t)slot->length;
        if (check_size(stream, err) < 0)
            return -1;
        if (slot->length == 0)
            return decompressor_drain(stream->source, err);
        reader_publish(stream);
    }
}

static void *reader_main(void *context)
{
    struct layer_stream *stream = context;
    struct ch_error error = CH_ERROR_INIT;
    int status = reader_work(stream, &error);

    (void)pthread_mutex_lock(&stream->lock);
    stream->ended = true;
    stream->failed = status < 0;
    stream->error = error;
    (void)pthread_cond_broadcast(&stream->changed);
    (void)pthread_mutex_unlock(&stream->lock);
    return NULL;
}

/* --- the hasher --- */

/* Wait for a slot to hash; NULL at the end. */
static struct slot *hasher_wait(struct layer_stream *stream)
{
    struct slot *slot = NULL;

    (void)pthread_mutex_lock(&stream->lock);
    while (!stream->abandoned && !stream->ended &&
           stream->hashed == stream->filled)
        (void)pthread_cond_wait(&stream->changed, &stream->lock);
    if (!stream->abandoned && stream->hashed < stream->filled)
        slot = slot_at(stream, stream->hashed);
    (void)pthread_mutex_unlock(&stream->lock);
    return slot;
}

static void *hasher_main(void *context)
{
    struct layer_stream *stream = context;
    struct slot *slot;

    while ((slot = hasher_wait(stream))) {
        digest_add(stream->plain, slot->bytes, slot->length);
        (void)pthread_mutex_lock(&stream->lock);
        stream->hashed++;
        (void)pthread_cond_broadcast(&stream->changed);
        (void)pthread_mutex_unlock(&stream->lock);
    }
    return NULL;
}

/* --- the caller --- */

/* Signals are for the process's other threads. */
static int start_thread(pthread_t *thread, void *(*work)(void *),
                        struct layer_stream *stream, bool *started,
                        struct ch_error *err)
{
    sigset_t all, before;
    int status;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(thread, NULL, work, stream);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status)
        return ch_error_set(err, status,
                            "cannot read \"%s\": cannot start a thread",
                            stream->wanted->name);
    *started = true;
    return 0;
}

static int open_digests(struct layer_stream *stream, struct ch_error *err)
{
    const struct layer_source *wanted = stream->wanted;

    if (wanted->verified)
        return 0;
    if (!wanted->digest_verified &&
        digest_open(&stream->packed, wanted->digest, err) < 0)
        return -1;
    return digest_open(&stream->plain, wanted->diff_id, err);
}

int layer_stream_open(struct layer_stream **stream,
                      const struct layer_source *source,
                      struct ch_control *control, struct ch_error *err)
{
    struct layer_stream *made = calloc(1, sizeof(*made));

    if (!made)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", source->name);
    made->wanted = source;
    (void)pthread_mutex_init(&made->lock, NULL); /* plain ones cannot fail */
    (void)pthread_cond_init(&made->changed, NULL);
    if (open_digests(made, err) < 0 ||
        decompressor_open_fd(&made->source, source->fd, source->name,
                             made->packed, control, err) < 0 ||
        start_thread(&made->reader, reader_main, made, &made->reader_started,
                     err) < 0 ||
        (made->plain && start_thread(&made->hasher, hasher_main, made,
                                     &made->hasher_started, err) < 0)) {
        layer_stream_close(made);
        return -1;
    }
    *stream = made;
    return 0;
}

static ssize_t take_slot(struct layer_stream *stream, const void **data,
                         struct ch_error *err)
{
    if (stream->taken < stream->filled) {
        struct slot *slot = slot_at(stream, stream->taken);

        stream->holds_slot = true;
        *data = slot->bytes;
        return (ssize_t)slot->length;
    }
    if (!stream->failed)
        return 0;
    ch_error_clear(err);
    *err = stream->error;
    stream->error = (struct ch_error)CH_ERROR_INIT;
    return -1;
}

ssize_t layer_stream_read(struct layer_stream *stream, const void **data,
                          struct ch_error *err)
{
    ssize_t length;

    (void)pthread_mutex_lock(&stream->lock);
    if (stream->holds_slot) {
        stream->holds_slot = false;
        stream->taken++;
        (void)pthread_cond_broadcast(&stream->changed);
    }
    while (!stream->ended && stream->taken == stream->filled)
        (void)pthread_cond_wait(&stream->changed, &stream->lock);
    length = take_slot(stream, data, err);
    (void)pthread_mutex_unlock(&stream->lock);
    return length;
}

static int compare(const char *found, const char *wanted, const char *what,
                   const char *name, struct ch_error *err)
{
    if (!*wanted || !strcmp(found, wanted))
        return 0;
    ch_error_set(err, 0, "refusing \"%s\": its %s is %s instead of %s", name,
                 what, found, wanted);
    ch_error_hint(err, "it was damaged on its way or replaced: fetch it again");
    err->errnum = EBADMSG;
    return -1;
}

static void join_threads(struct layer_stream *stream)
{
    if (stream->reader_started)
        (void)pthread_join(stream->reader, NULL); /* joinable, and not ours */
    if (stream->hasher_started)
        (void)pthread_join(stream->hasher, NULL);
    stream->reader_started = stream->hasher_started = false;
}

int layer_stream_finish(struct layer_stream *stream,
                        struct layer_digests *digests, struct ch_error *err)
{
    const struct layer_source *wanted = stream->wanted;

    join_threads(stream);
    digests->size = decompressor_input_bytes(stream->source);
    (void)snprintf(digests->digest, sizeof(digests->digest), "%s",
                   wanted->digest); /* what is longer is no digest */
    if ((stream->packed &&
         digest_finish(stream->packed, digests->digest, err) < 0) ||
        digest_finish(stream->plain, digests->diff_id, err) < 0)
        return -1;
    if (compare(digests->digest, wanted->digest, "digest", wanted->name, err) <
        0)
        return -1;
    return compare(digests->diff_id, wanted->diff_id, "diff ID", wanted->name,
                   err);
}

void layer_stream_close(struct layer_stream *stream)
{
    if (!stream)
        return;
    (void)pthread_mutex_lock(&stream->lock);
    stream->abandoned = true;
    (void)pthread_cond_broadcast(&stream->changed);
    (void)pthread_mutex_unlock(&stream->lock);
    if (stream->source)
        decompressor_stop(stream->source);
    join_threads(stream);
    decompressor_close(stream->source);
    digest_close(stream->packed);
    digest_close(stream->plain);
    ch_error_clear(&stream->error);
    (void)pthread_mutex_destroy(&stream->lock); /* nobody holds it */
    (void)pthread_cond_destroy(&stream->changed);
    free(stream);
}
