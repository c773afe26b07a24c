/* A tar archive of a directory, the same bytes for the same tree: members in
   the order of their names' bytes, owned by 0:0, without access times. */

#ifndef CH_TAR_CREATE_H
#define CH_TAR_CREATE_H

#include <stdbool.h>

#include "control.h"
#include "error.h"
#include "member.h"
#include "tar_output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tar_create_options {
    enum compression compression;
    bool xattrs; /* keep those of the user namespace */
    /* What the tree lacks and the archive shall have, at its end; parents
       first. NULL, or NULL-terminated. */
    const char *const *directories; /* mode 0755 */
    const char *const *files;       /* empty, mode 0644 */
};

/* Write what is below the directory `directory` to `fd`. Hard links and holes
   are kept; sockets are left out, and devices counted and left out. `control`
   is counted up by the bytes of file data. */
int tar_create(const char *directory, int fd,
               const struct tar_create_options *options,
               struct ch_control *control, struct member_stats *stats,
               struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
