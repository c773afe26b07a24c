/* Unpacking a tar archive below a directory. */

#ifndef CH_TAR_EXTRACT_H
#define CH_TAR_EXTRACT_H

#include "control.h"
#include "error.h"
#include "member.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Unpack the archive `path` below the existing directory `directory`. Nothing
   outside of that is touched, whatever the archive says. Sparse files stay
   sparse; devices are counted and left out. Directories that no member
   describes get the time 0, the root, too. On failure, what was written so far
   is left to the caller to delete. */
int tar_extract(const char *path, const char *directory,
                const struct member_options *options,
                struct ch_control *control, struct member_stats *stats,
                struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
