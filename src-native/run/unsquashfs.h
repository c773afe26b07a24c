/* Running unsquashfs(1), the one program that ch-run ever starts besides the
   user's. */

#ifndef CH_UNSQUASHFS_H
#define CH_UNSQUASHFS_H

#include <stdint.h>

#include "core/error.h"

struct unsquashfs {
    int image_fd;    /* what to unpack, */
    uint64_t offset; /* from here on */
    int dir_fd;      /* where: into its new directory `name` */
    const char *name;
    int lock_fd; /* what is held meanwhile; unsquashfs(1) holds it, too,
                    so that nobody comes in before it is gone */
};

/* Unpack. Devices, which only root can make, are left out; any other trouble
   is an error. If we are killed, so is unsquashfs(1). */
int unsquashfs_run(const struct unsquashfs *job, struct ch_error *err);

#endif
