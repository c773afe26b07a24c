/* From the layers of an image straight to one tar archive for mksquashfs(1)
   with -tar: what the image shows, and no file is ever unpacked.

   The layers are read twice. The first time, oldest first, and each as soon as
   it is there, their digests are verified and an index is made of what each
   name is in the end (merge_index.h): whiteouts and newer layers hide, files
   that several names share stay one, hostile names are refused. The second time
   the members that are still seen are written in the order in which they come,
   each under the first of its names, then its other names as hard links. So
   the same layers always make the same archive.

   The index is all that grows: 48 bytes and the name's last component for each
   name, 12 bytes for each member of any layer. */

#ifndef CH_LAYER_MERGE_H
#define CH_LAYER_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "error.h"
#include "layer_stream.h"
#include "member.h"

#ifdef __cplusplus
extern "C" {
#endif

/* errnum of layers that must be unpacked instead. */
#define LAYER_MERGE_UNSTREAMABLE EOPNOTSUPP

struct layer_merge;

/* What was found in one layer. */
struct layer_merge_result {
    struct layer_digests digests;
    int64_t whiteouts; /* opaque marks included */
    int64_t devices;   /* left out */
};

/* What mksquashfs must be told, as it takes nothing about the root from an
   archive. */
struct layer_merge_info {
    mode_t root_mode;
    int64_t newest; /* the newest mtime, in seconds; the root's counts, too */
};

/* Begin; the caller closes it. */
int layer_merge_open(struct layer_merge **merge, bool xattrs,
                     struct ch_error *err);

/* Index the next layer, on top of those before. Fails as layer_apply() does,
   and with LAYER_MERGE_UNSTREAMABLE. */
int layer_merge_add(struct layer_merge *merge,
                    const struct layer_source *source,
                    struct ch_control *control,
                    struct layer_merge_result *result, struct ch_error *err);

/* After the last layer. The result shall hold empty directories (mode 0755) and
   files (0644), NULL-terminated, names relative and clean: they are added where
   missing, unless something else stands there or in the way. */
int layer_merge_finish(struct layer_merge *merge,
                       const char *const *directories, const char *const *files,
                       struct layer_merge_info *info, struct ch_error *err);

/* Write the archive to `fd`, reading the same layers again, each from where its
   descriptor in `layers` is. */
int layer_merge_write(struct layer_merge *merge, const int *layers, int fd,
                      struct ch_control *control, struct member_stats *stats,
                      struct ch_error *err);

/* Release everything. NULL is allowed. */
void layer_merge_close(struct layer_merge *merge);

#ifdef __cplusplus
}
#endif

#endif
