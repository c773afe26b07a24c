/* The whiteouts of one layer. They speak of the layers below only, wherever in
   the archive they stand: what the layer itself holds is never hidden by them
   (OCI image specification). So they are gathered, and applied when all else
   has been written, those higher up first. They imply no directories but those
   that overlayfs needs, and go through no symlinks. */

#ifndef CH_LAYER_WHITEOUTS_H
#define CH_LAYER_WHITEOUTS_H

#include <stddef.h>

#include "error.h"
#include "tree_writer.h"

/* Initialise with {0}. */
struct layer_whiteouts {
    struct layer_whiteout *items;
    size_t count, capacity;
};

struct layer_whiteout {
    char *directory; /* "" is the root */
    char *hidden;    /* a name in it; NULL: all */
    size_t depth;
};

/* Add the whiteout that the member `name` is. Returns 0, or -1 with errno
   ENOMEM. */
int layer_whiteouts_add(struct layer_whiteouts *whiteouts, const char *name);

/* Put those higher up first. */
void layer_whiteouts_sort(struct layer_whiteouts *whiteouts);

/* Leave them in the tree, which holds this layer only, as overlayfs wants them:
   a device 0:0 where the name is free, an opaque mark on a directory. An opaque
   root is overlayfs's caller's business: it is left alone.

   `lower` are the layers below, or NULL if they are not known. Where they are,
   names that hide nothing are left out: overlayfs lists such a device as an
   entry if the directory is in no other layer. */
int layer_whiteouts_mark(struct layer_whiteouts *whiteouts,
                         struct tree_writer *writer,
                         const struct layer_lower *lower, struct ch_error *err);

/* Delete what they hide from the tree, which holds the layers below, too;
   `writer->own` tells what not. */
int layer_whiteouts_delete(struct layer_whiteouts *whiteouts,
                           struct tree_writer *writer, struct ch_error *err);

void layer_whiteouts_release(struct layer_whiteouts *whiteouts);

#endif
