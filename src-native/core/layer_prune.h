/* Deleting from a tree of several layers what the newest one hides: everything
   but its own entries, and the directories that lead to those. */

#ifndef CH_LAYER_PRUNE_H
#define CH_LAYER_PRUNE_H

#include "entry_set.h"
#include "error.h"

/* Delete all that is in the directory `dir_fd` and is not in `own`. */
int layer_prune_directory(int dir_fd, const struct entry_set *own,
                          struct ch_error *err);

/* The same for the entry `name` of `dir_fd`, if there is one. */
int layer_prune_entry(int dir_fd, const char *name, const struct entry_set *own,
                      struct ch_error *err);

#endif
