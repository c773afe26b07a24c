/* A layer, or any archive, as it is without its compression. */

#ifndef CH_LAYER_DECOMPRESS_H
#define CH_LAYER_DECOMPRESS_H

#include "control.h"
#include "error.h"
#include "layer_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write what `source` is when decompressed to `fd`. On failure, what was
   written so far is left to the caller. Fails as layer_apply() does for other
   digests than wanted, and for what is beyond the limits. */
int layer_decompress(const struct layer_source *source, int fd,
                     struct ch_control *control, struct layer_digests *digests,
                     struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
