/* What the members of layers, read one after the other, oldest layer first,
   make of a tree: as layer_apply() with LAYER_FLAT, but in memory and without
   content. */

#ifndef CH_MERGE_INDEX_H
#define CH_MERGE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "layer_member.h"
#include "layer_whiteouts.h"
#include "merge_tree.h"
#include "name_index.h"

/* Initialise with {.layer = 1}, then merge_tree_init(). */
struct merge_index {
    struct merge_tree tree;
    uint32_t layer;            /* the present one, from 1 */
    uint32_t ordinal;          /* of the next member */
    struct name_index devices; /* left out, so that links to them are, too */
    struct layer_whiteouts whiteouts;
    int64_t devices_count;   /* in all layers */
    int64_t whiteouts_count; /* likewise; opaque marks included */
};

/* What an entry is of the present layer's: NAME_IMPLIED where only names below
   it speak of it, NAME_UNKNOWN where it is older layers' alone. */
static inline enum name_kind merge_index_own(const struct merge_index *index,
                                             uint32_t node)
{
    const struct merge_node *it = merge_tree_node(&index->tree, node);

    return it->layer == index->layer ? (enum name_kind)it->own : NAME_UNKNOWN;
}

/* Whether a member of the present layer has made it. */
static inline bool merge_index_is_own(const struct merge_index *index,
                                      uint32_t node)
{
    enum name_kind kind = merge_index_own(index, node);

    return kind == NAME_DIRECTORY || kind == NAME_OTHER;
}

/* Add the next member of the present layer. */
int merge_index_add(struct merge_index *index,
                    const struct layer_member *layer_member,
                    struct ch_error *err);

/* The present layer has no more members. */
void merge_index_end_layer(struct merge_index *index);

/* Give the tree an empty directory or file (`kind`) that no layer has, and what
   is missing above it, unless something else is there or in the way. */
int merge_index_place(struct merge_index *index, const char *path,
                      enum merge_kind kind, struct ch_error *err);

void merge_index_release(struct merge_index *index);

#endif
