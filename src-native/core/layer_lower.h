/* Layers in overlayfs form that lie below another one, looked into as overlayfs
   does. */

#ifndef CH_LAYER_LOWER_H
#define CH_LAYER_LOWER_H

#include <stddef.h>

#include "error.h"

/* Initialise with {0}. */
struct layer_lower {
    int *fds; /* the layers' roots, newest first */
    size_t count;
};

/* Open the directories `paths`, NULL-terminated or NULL, newest first. */
int layer_lower_open_all(struct layer_lower *lower, const char *const *paths,
                         struct ch_error *err);

/* Open the directory `path`, clean and relative ("" is the root), as the newest
   layer that has it holds it. Symlinks are not followed. Returns a descriptor,
   or -1 with errno set: ENOENT where the layers show no such directory. */
int layer_lower_open(const struct layer_lower *lower, const char *path);

void layer_lower_release(struct layer_lower *lower);

#define CLEANUP_LAYER_LOWER __attribute__((cleanup(layer_lower_release)))

#endif
