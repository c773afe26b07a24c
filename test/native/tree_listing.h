/* A tree as text, a line for each entry, so that two trees can be compared:
   name, kind, mode, time, content or target, extended attributes, and the first
   name of what has several. Owners and directories' sizes are left out. */

#ifndef CH_TREE_LISTING_H
#define CH_TREE_LISTING_H

#include "core/buffer.h"

/* Append the lines for what is below `path` and itself; ends the program if
   that fails. */
void list_tree(const char *path, struct buffer *listing);

/* The first line of `left` that `right` has not at its place, in a static
   buffer; NULL if there is none. */
const char *first_difference(const char *left, const char *right);

#endif
