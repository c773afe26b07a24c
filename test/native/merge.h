/* Merging layers that a test has built. */

#ifndef CH_MERGE_H
#define CH_MERGE_H

#include "archive_builder.h"
#include "core/layer_merge.h"

/* A layer's file, of which these digests are wanted; NULL any. */
struct merge_layer {
    const char *path;
    const char *digest;
    const char *diff_id;
};

/* Merge the layers, the oldest first, into the file "merged.tar". `total` is
   what was found in all of them, the digests the last one's. */
int merge_layers(const struct merge_layer *layers, size_t count,
                 struct layer_merge_info *info,
                 struct layer_merge_result *total, struct ch_error *err);

/* The same with what must exist in the result. */
int merge_with(const struct merge_layer *layers, size_t count,
               const char *const *directories, const char *const *files,
               struct layer_merge_info *info, struct layer_merge_result *total,
               struct ch_error *err);

/* tar_extract() of that file, into a fresh directory. */
void unpack_archive(const char *archive, const char *directory);

#endif
