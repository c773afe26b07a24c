/* Layers in overlayfs form that lie below another one, looked into as overlayfs
   does. */

#ifndef CH_LAYER_LOWER_H
#define CH_LAYER_LOWER_H

#include <stdbool.h>
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

/* Whether the layers show anything at all at the entry `name` of the directory
   `path`. */
bool layer_lower_shows(const struct layer_lower *lower, const char *path,
                       const char *name);

/* Open the directory `path` in one layer's tree, without following symlinks.
   `*hiding` tells whether that layer hides there what is in older ones: by an
   opaque directory, it or one on the way to it, or by anything else that stands
   in the way. Returns a descriptor, or -1 with errno set. */
int layer_open(int root_fd, const char *path, bool *hiding);

void layer_lower_release(struct layer_lower *lower);

#define CLEANUP_LAYER_LOWER __attribute__((cleanup(layer_lower_release)))

#endif
