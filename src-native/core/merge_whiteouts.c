#include "config.h"

#include "merge_whiteouts.h"

#include <stdbool.h>
#include <string.h>

#include "merge_path.h"

/* Delete an entry unless it is the present layer's, or leads to what is. */
static void prune_one(struct merge_index *index, uint32_t node)
{
    bool leads = merge_tree_is_directory(&index->tree, node) &&
                 merge_tree_node(&index->tree, node)->first_child;

    if (!leads && !merge_index_is_own(index, node))
        merge_tree_remove(&index->tree, node);
}

/* All that is below `top`, each directory after what is in it; however deep. */
static void prune_below(struct merge_index *index, uint32_t top)
{
    uint32_t at = merge_tree_node(&index->tree, top)->first_child;

    while (at) {
        uint32_t next;

        while (merge_tree_is_directory(&index->tree, at) &&
               merge_tree_node(&index->tree, at)->first_child)
            at = merge_tree_node(&index->tree, at)->first_child;
        do {
            uint32_t parent = merge_tree_node(&index->tree, at)->parent;

            next = merge_tree_node(&index->tree, at)->next_sibling;
            prune_one(index, at);
            at = parent;
        } while (!next && at != top);
        at = next;
    }
}

static void apply_whiteout(struct merge_index *index,
                           const struct layer_whiteout *whiteout)
{
    uint32_t directory =
        merge_path_directory(&index->tree, whiteout->directory);
    uint32_t hidden = directory;

    if (directory && whiteout->hidden)
        hidden = merge_tree_find(&index->tree, directory, whiteout->hidden,
                                 strlen(whiteout->hidden));
    if (!hidden)
        return;
    if (merge_tree_is_directory(&index->tree, hidden))
        prune_below(index, hidden);
    if (whiteout->hidden)
        prune_one(index, hidden);
}

void merge_whiteouts_apply(struct layer_whiteouts *whiteouts,
                           struct merge_index *index)
{
    size_t i;

    layer_whiteouts_sort(whiteouts);
    for (i = 0; i < whiteouts->count; i++)
        apply_whiteout(index, &whiteouts->items[i]);
}
