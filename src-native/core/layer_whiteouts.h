/* The whiteouts of one layer. They speak of the layers below only, wherever in
   the archive they stand: what the layer itself holds is never hidden by them
   (OCI image specification). So they are gathered, and applied when all else
   has been written. */

#ifndef CH_LAYER_WHITEOUTS_H
#define CH_LAYER_WHITEOUTS_H

#include <stddef.h>

#include "error.h"
#include "tree_writer.h"

/* Initialise with {0}. */
struct layer_whiteouts {
    char **names; /* as in the archive */
    size_t count, capacity;
};

/* Returns 0, or -1 with errno ENOMEM. */
int layer_whiteouts_add(struct layer_whiteouts *whiteouts, const char *name);

/* Leave them in the tree, which holds this layer only, as overlayfs wants them:
   a device 0:0 where the name is free, an opaque mark on a directory. An opaque
   root is overlayfs's caller's business: it is left alone. */
int layer_whiteouts_mark(const struct layer_whiteouts *whiteouts,
                         struct tree_writer *writer, struct ch_error *err);

/* Delete what they hide from the tree, which holds the layers below, too;
   `writer->own` tells what not. */
int layer_whiteouts_delete(const struct layer_whiteouts *whiteouts,
                           struct tree_writer *writer, struct ch_error *err);

void layer_whiteouts_release(struct layer_whiteouts *whiteouts);

#endif
