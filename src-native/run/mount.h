/* The mount(2) calls that several files need, on descriptors instead of
   paths: what was resolved is what is mounted on. */

#ifndef CH_MOUNT_H
#define CH_MOUNT_H

#include <stdbool.h>

#include "core/error.h"

/* mount(2) on the file or directory that `target_fd` refers to (it may be open
   with O_PATH). Needs /proc. Returns 0, or -1 with errno set. */
int mount_on_fd(const char *source, int target_fd, const char *type,
                unsigned long flags, const char *data);

/* The same, where `target_fd` is what `path` has led to below `root_fd`. If the
   kernel has dropped that name since (see keeper.h), the path is followed
   again. */
int mount_on_path(const char *source, int root_fd, const char *path,
                  int target_fd, const char *type, unsigned long flags,
                  const char *data);

/* Take off the mount whose root `fd` refers to, with all on it. Returns 0, or
   -1 with errno set. */
int unmount_fd(int fd);

/* Set `flags`, some of MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC, of the
   mount at `path` below `root_fd` (what is mounted there last), keeping those
   that the kernel has locked, and with it of the mounts below it. A bind mount
   ignores flags when it is made: mount(2). */
int mount_restrict(int root_fd, const char *path, unsigned long flags,
                   struct ch_error *err);

/* The same with MS_RDONLY. */
int mount_make_read_only(int root_fd, const char *path, struct ch_error *err);

/* The number of the mount that `fd` was opened on, as in /proc/self/mountinfo;
   -1: not to be found out. */
long mount_number(int fd);

/* Whether two descriptors were opened on the same mount; false if that cannot
   be found out. */
bool mount_is_same(int fd, int other_fd);

/* The type of the file system that `fd` was opened on, "ext4": heap, the caller
   frees. NULL if that cannot be found out. */
char *mount_type(int fd);

#endif
