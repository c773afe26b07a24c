#include "config.h"

#include "layer_decompress.h"

#include <errno.h>

#include "file.h"

int layer_decompress(const struct layer_source *source, int fd,
                     struct ch_control *control, struct layer_digests *digests,
                     struct ch_error *err)
{
    CLEANUP_LAYER_STREAM struct layer_stream *stream = NULL;
    const void *data;
    ssize_t length;

    if (layer_stream_open(&stream, source, control, err) < 0)
        return -1;
    while ((length = layer_stream_read(stream, &data, err)) > 0)
        if (file_write_all(fd, data, (size_t)length) < 0)
            return ch_error_set(err, errno, "cannot write \"%s\" decompressed",
                                source->name);
    if (length < 0)
        return -1;
    return layer_stream_finish(stream, digests, err);
}
