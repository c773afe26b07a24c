/* A mount with all that is mounted below it. */

#ifndef CH_MOUNT_TREE_H
#define CH_MOUNT_TREE_H

#include "core/error.h"

/* Set `flags`, some of MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC, of the
   mount that `fd` is the root of, and of all below it. `path` is what it is
   called in messages. */
int mount_tree_restrict(int fd, const char *path, unsigned long flags,
                        struct ch_error *err);

#endif
