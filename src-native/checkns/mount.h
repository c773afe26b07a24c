/* Checks of what ch-run does to give a container its root: tmpfs, bind mounts,
   read-only remounts, pivot_root(2). */

#ifndef CH_CHECKNS_MOUNT_H
#define CH_CHECKNS_MOUNT_H

#include "checkns/check.h"

check_function check_bind;
check_function check_read_only;
check_function check_pivot_root;

/* Also what other checks begin with: check_mount_namespace(), then a tmpfs of
   our own as working directory, empty and writable. */
check_function check_tmpfs;

/* Make a directory that a later step needs. */
int make_directory(const char *path, struct failure *failure);

#endif
