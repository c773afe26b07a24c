/* The bytes of a layer, decompressed and hashed on the way: one thread reads,
   hashes what it reads where that is wanted, and decompresses, a second one
   hashes the result, and whoever calls layer_stream_read() does the rest
   meanwhile. Each of the three takes about as long as the others.

   The reader fills the slots of a ring, and a slot is used again when both of
   the others are through with it. */

#ifndef CH_LAYER_STREAM_H
#define CH_LAYER_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "digest.h"
#include "error.h"

/* What guards against a small layer that unpacks to a huge one: more than
   `slack` bytes plus `ratio` times what was read are refused (errnum EFBIG). */
struct layer_limits {
    int64_t slack;
    int64_t ratio;
};

struct layer_stream;

struct layer_source {
    int fd;              /* borrowed; read from where it is to its end */
    const char *name;    /* for messages */
    const char *digest;  /* wanted of the bytes as they are; "" any */
    const char *diff_id; /* wanted of them decompressed; "" any */
    struct layer_limits limits;
    bool digest_verified; /* `digest` is its digest, and not computed again */
    bool verified;        /* neither digest is computed */
};

/* What was found. */
struct layer_digests {
    int64_t size; /* of the bytes as they are */
    char digest[DIGEST_TEXT_SIZE];
    char diff_id[DIGEST_TEXT_SIZE];
};

/* Begin; the caller closes the stream. `source` must live as long. */
int layer_stream_open(struct layer_stream **stream,
                      const struct layer_source *source,
                      struct ch_control *control, struct ch_error *err);

/* Point `*data` at the next bytes, valid until the next call. Returns how many
   there are; 0 at the end; or -1. */
ssize_t layer_stream_read(struct layer_stream *stream, const void **data,
                          struct ch_error *err);

/* After the end, unless the source is verified: the digests. Other ones than
   wanted are an error (errnum EBADMSG). */
int layer_stream_finish(struct layer_stream *stream,
                        struct layer_digests *digests, struct ch_error *err);

/* Release everything; before the end, too. NULL is allowed. */
void layer_stream_close(struct layer_stream *stream);

static inline void cleanup_layer_stream(struct layer_stream **stream)
{
    layer_stream_close(*stream);
}

#define CLEANUP_LAYER_STREAM __attribute__((cleanup(cleanup_layer_stream)))

#endif
