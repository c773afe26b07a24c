/* Paths below a root that is not ours: whatever symlinks the tree below it
   holds, a path resolved here never leaves it. */

#ifndef CH_PATH_H
#define CH_PATH_H

#include <sys/types.h>

#include "error.h"

/* Open `path` as a process whose root directory is `root_fd` would see it:
   absolute symlinks and ".." end at that root. `flags` and `mode` as for
   open(2); O_CLOEXEC is added; with O_NOFOLLOW a symlink as the last component
   is not followed (and with O_PATH it is what is opened). Magic links are not
   followed. Uses openat2(2) with RESOLVE_IN_ROOT (Linux 5.6), and where that
   is missing a walk by components with O_PATH|O_NOFOLLOW. Returns a descriptor
   the caller closes, or -1 with errno set. */
int path_open_in_root(int root_fd, const char *path, int flags, mode_t mode);

/* The walk that is used where openat2(2) is missing; for its test. */
int path_walk_in_root(int root_fd, const char *path, int flags, mode_t mode);

/* Clean `path`, a name inside an image, into a relative path without ".",
   "..", empty components or a leading "/". ".." is refused, since no honest
   archive needs it. Returns a heap string the caller frees ("" for the root
   itself), or NULL with errno EINVAL (a ".." component) or ENOMEM. */
char *path_normalise(const char *path);

#endif
