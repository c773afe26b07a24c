/* A layer, compressed or not, as a sequence of members. */

#ifndef CH_LAYER_INPUT_H
#define CH_LAYER_INPUT_H

#include <sys/types.h>

#include "archive_input.h"
#include "control.h"
#include "error.h"
#include "layer_member.h"
#include "layer_stream.h"

/* Initialise with {0}; not to be moved while it is open. */
struct layer_input {
    struct layer_stream *stream;
    struct archive_input *archive; /* NULL: the layer has no bytes at all */
    const void *first;             /* the stream's first, until they are read */
    ssize_t first_length;
};

/* Begin to read; `source` must live as long. */
int layer_input_open(struct layer_input *input,
                     const struct layer_source *source,
                     struct ch_control *control, struct ch_error *err);

/* As layer_member_next(). */
int layer_input_next(struct layer_input *input,
                     struct layer_member *layer_member, struct ch_error *err);

/* After the end, as layer_stream_finish(). */
int layer_input_finish(struct layer_input *input, struct layer_digests *digests,
                       struct ch_error *err);

void layer_input_release(struct layer_input *input);

#define CLEANUP_LAYER_INPUT __attribute__((cleanup(layer_input_release)))

#endif
