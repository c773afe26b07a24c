/* Bind mounts: what of the host appears in the container. Destinations are
   resolved inside the container's root, whatever symlinks the image holds. */

#ifndef CH_BIND_H
#define CH_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "run/plan.h"

/* The container's root, and what of it is ours to write in. */
struct bind_root {
    int fd;
    int tmp_fd;           /* a private /tmp, or -1 */
    const int *image_fds; /* the plan's further images, mounted */
    bool writable;        /* missing destinations can be made */
    bool is_image;        /* and then they are in the image for ever */
    struct explain *explain;
};

/* Mount `bind` below the root. A required destination that is not there is
   made first, a directory or an empty file like the source, if the root is
   writable, but never inside of what is bound from the host. A bind that is
   not required is skipped where a side is missing. */
int bind_mount(const struct log *log, const struct bind_root *root,
               const struct bind *bind, struct ch_error *err);

/* The same for each, in order. */
int bind_mount_all(const struct log *log, const struct bind_root *root,
                   const struct bind *binds, size_t count,
                   struct ch_error *err);

/* Sets `*missing` to whether a required bind lacks its destination below
   `root_fd`. */
int bind_find_missing(int root_fd, const struct bind *binds, size_t count,
                      bool *missing, struct ch_error *err);

/* Before an overlay is mounted (overlay_claim.h): see to it that the required
   destinations can be made. */
int bind_claim(int lower_fd, int upper_fd, const struct bind *binds,
               size_t count, struct ch_error *err);

/* Open the directory that the absolute `path` is in, below the root; it is made
   if it is not there. Returns a descriptor, or -1 with errno set: EXDEV if it
   is inside of what is bound from the host, where nothing is made. */
int bind_open_parent(const struct bind_root *root, const char *path);

/* What every container gets from the host. */
extern const struct bind BINDS_DEFAULT[];
extern const size_t BINDS_DEFAULT_COUNT;

#endif
