/* From an archive straight to another one that mksquashfs(1) reads with -tar
   and that holds what an unprivileged image can hold: no file is ever unpacked.

   mksquashfs takes the first of two members of one name, and nothing through
   symlinks, where unpacking takes the last and follows. Archives where that
   matters cannot be streamed; they are recognised and refused. */

#ifndef CH_TAR_FILTER_H
#define CH_TAR_FILTER_H

#include <errno.h>

#include "control.h"
#include "error.h"
#include "member.h"

#ifdef __cplusplus
extern "C" {
#endif

/* errnum of an archive that must be unpacked instead. */
#define TAR_FILTER_UNSTREAMABLE EOPNOTSUPP

struct tar_filter_options {
    struct member_options member;
    /* What must exist in the result, NULL-terminated, names relative and clean:
       made where missing, unless something else stands there or in the way. */
    const char *const *directories; /* mode 0755 */
    const char *const *files;       /* empty, mode 0644 */
};

/* Write the archive `path` to `fd` as a plain tar archive. */
int tar_filter(const char *path, int fd,
               const struct tar_filter_options *options,
               struct ch_control *control, struct member_stats *stats,
               struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
