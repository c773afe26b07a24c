/* Paths in a merge_tree. */

#ifndef CH_MERGE_PATH_H
#define CH_MERGE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "merge_tree.h"

/* The directory that the `length` bytes at `path` lead to, as a process would
   see it whose root this is, symlinks followed. Returns 0 with errno set where
   there is none. */
uint32_t merge_path_resolve(const struct merge_tree *tree, const char *path,
                            size_t length);

/* The directory `path`, clean and relative; no symlink is followed. 0: there is
   none. */
uint32_t merge_path_directory(const struct merge_tree *tree, const char *path);

/* Whether `node` is `directory` or below it. */
bool merge_path_is_within(const struct merge_tree *tree, uint32_t node,
                          uint32_t directory);

/* Put the path of a node in place of what `path` holds. Returns 0, or -1 with
   errno ENOMEM. */
int merge_path_of(const struct merge_tree *tree, uint32_t node,
                  struct buffer *path);

#endif
