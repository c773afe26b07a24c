/* A tree becoming a layer: what an upper directory adds to, changes in and
   hides of what is below it. The same bytes for the same trees. */

#ifndef CH_LAYER_DIFF_H
#define CH_LAYER_DIFF_H

#include "control.h"
#include "error.h"
#include "layer_stream.h"
#include "member.h"
#include "tar_output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct layer_diff_options {
    enum compression compression;
    bool without_xattrs; /* leave out what files have, but for their modes */
};

struct layer_diff_result {
    struct member_stats stats; /* entries: whiteouts included */
    struct layer_digests digests;
    int64_t whiteouts; /* opaque marks included */
};

/* Write to `fd` the layer that the directory `upper` is, which overlayfs or
   layer_apply() has written; its root itself is no part of it. Modes are those
   that layers had (LAYER_XATTR_MODE), times are kept in full. What an image
   cannot hold, sockets and devices, hides what is below. */
int layer_diff(const char *upper, int fd,
               const struct layer_diff_options *options,
               struct ch_control *control, struct layer_diff_result *result,
               struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
