/* What the kernel's overlayfs shows of layers. */

#ifndef CH_OVERLAY_H
#define CH_OVERLAY_H

#include "core/buffer.h"

/* Append the listing (tree_listing.h) of the directories `layers`, newest
   first, NULL-terminated, laid one over the other in namespaces of their own.
   Returns 0, or -1 where the kernel does not do that for everybody. */
int list_overlay(const char *const *layers, struct buffer *listing);

#endif
