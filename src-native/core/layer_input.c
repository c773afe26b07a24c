#include "config.h"

#include "layer_input.h"

static ssize_t stream_read(void *context, const void **data,
                           struct ch_error *err)
{
    struct layer_input *input = context;
    ssize_t length = input->first_length;

    if (!length)
        return layer_stream_read(input->stream, data, err);
    *data = input->first;
    input->first_length = 0;
    return length;
}

/* Layers of no bytes at all exist, and are no archives. */
int layer_input_open(struct layer_input *input,
                     const struct layer_source *source,
                     struct ch_control *control, struct ch_error *err)
{
    const struct archive_source bytes = {input, stream_read};

    if (layer_stream_open(&input->stream, source, control, err) < 0)
        return -1;
    input->first_length = layer_stream_read(input->stream, &input->first, err);
    if (input->first_length <= 0)
        return (int)input->first_length;
    return archive_input_open_source(&input->archive, &bytes, source->name,
                                     control, err);
}

int layer_input_next(struct layer_input *input,
                     struct layer_member *layer_member, struct ch_error *err)
{
    if (!input->archive)
        return 0;
    return layer_member_next(layer_member, input->archive, err);
}

int layer_input_finish(struct layer_input *input, struct layer_digests *digests,
                       struct ch_error *err)
{
    return layer_stream_finish(input->stream, digests, err);
}

void layer_input_release(struct layer_input *input)
{
    archive_input_close(input->archive);
    layer_stream_close(input->stream);
    *input = (struct layer_input){0};
}
