/* A FUSE mount at a place that the user names, in the namespace we are in. Root
   mounts; others have fusermount3(1) do it, which is setuid root and hands back
   the descriptor. */

#ifndef CH_FUSE_MOUNT_H
#define CH_FUSE_MOUNT_H

#include "core/error.h"

/* Mount read-only on the directory `mountpoint`. Returns the descriptor of
   /dev/fuse to serve, or -1. Standard error may get words of fusermount3. */
int fuse_mount_make(const char *mountpoint, struct ch_error *err);

/* Unmount it, also while it is in use. What fails cannot be helped. */
void fuse_mount_remove(const char *mountpoint);

#endif
