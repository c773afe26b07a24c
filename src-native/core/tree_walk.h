/* A walk over a directory tree, one entry at a time, that follows no symlink
   and leaves nothing to recursion: however deep the tree, a few descriptors
   and no stack are used. Directories are entered only when the caller says so.

       tree_walk_start(&walk, fd, err)
       while ((status = tree_walk_next(&walk, &node, err)) > 0)
           if (node.event == TREE_DIRECTORY) ... tree_walk_enter(...)
       tree_walk_release(&walk) */

#ifndef CH_TREE_WALK_H
#define CH_TREE_WALK_H

#include <stddef.h>
#include <sys/types.h>

#include "buffer.h"
#include "error.h"

enum tree_event {
    TREE_OTHER,     /* an entry that is no directory */
    TREE_DIRECTORY, /* a directory, not entered */
    TREE_LEAVE,     /* a directory that was entered is done */
};

/* Valid until the next call. */
struct tree_node {
    enum tree_event event;
    int dir_fd;       /* the directory that holds the entry */
    const char *name; /* the entry in it */
    const char *path; /* the entry below the root of the walk */
};

struct tree_level;

/* Initialise with {0}. */
struct tree_walk {
    struct tree_level *levels;
    size_t depth, capacity;
    struct buffer path;
};

/* Begin with the directory `fd`, open for reading, which becomes the walk's
   also on failure. */
int tree_walk_start(struct tree_walk *walk, int fd, struct ch_error *err);

/* Go to the next entry: within a directory in the order of the names' bytes.
   Returns 1, 0 at the end, or -1. */
int tree_walk_next(struct tree_walk *walk, struct tree_node *node,
                   struct ch_error *err);

/* After TREE_DIRECTORY: continue inside it. `fd` is that directory, open for
   reading, and becomes the walk's also on failure. */
int tree_walk_enter(struct tree_walk *walk, int fd, struct ch_error *err);

void tree_walk_release(struct tree_walk *walk);

#define CLEANUP_TREE_WALK __attribute__((cleanup(tree_walk_release)))

#endif
