/* The tree that layers make, in memory: names and what kind of thing each is,
   and where the rest of it can be read (struct merge_source). A name takes 48
   bytes and its own length, of the last component only. Nodes are numbers, 0 is
   none. */

#ifndef CH_MERGE_TREE_H
#define CH_MERGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "name_index.h"

#define MERGE_ROOT 1

enum merge_kind {
    MERGE_FREE, /* deleted */
    MERGE_DIRECTORY,
    MERGE_SYMLINK,
    MERGE_OTHER,
};

struct merge_node {
    uint32_t parent;
    uint32_t next_sibling, previous_sibling;
    union {
        uint32_t first_child; /* of a directory */
        uint32_t target;      /* of a symlink, an offset in `texts` */
    };
    uint32_t next_in_bucket; /* of a deleted one: the next deleted one */
    uint32_t name;           /* an offset in `texts` */
    uint32_t source;         /* 0: a member that no layer has */
    uint32_t next_link;      /* the next name of the same file */
    uint32_t layer;          /* the last one that had to do with it */
    uint8_t kind;            /* enum merge_kind */
    uint8_t own;             /* enum name_kind: what it is of that layer's */
};

/* A member of a layer. */
struct merge_source {
    uint32_t ordinal; /* in its layer, from 0 */
    uint32_t node;    /* its first name; 0: nothing is left of it */
    uint32_t mtime;
};

struct merge_tree {
    struct merge_node *nodes;
    size_t node_count, node_capacity;
    uint32_t deleted; /* a list */
    uint32_t *buckets;
    size_t bucket_count; /* a power of two */
    struct merge_source *sources;
    size_t source_count, source_capacity;
    struct buffer texts; /* each ends with its NUL */
};

/* Begin with a root. Returns 0, or -1 with errno ENOMEM. */
int merge_tree_init(struct merge_tree *tree);

static inline struct merge_node *merge_tree_node(const struct merge_tree *tree,
                                                 uint32_t node)
{
    return &tree->nodes[node];
}

static inline bool merge_tree_is_directory(const struct merge_tree *tree,
                                           uint32_t node)
{
    return merge_tree_node(tree, node)->kind == MERGE_DIRECTORY;
}

static inline const char *merge_tree_name(const struct merge_tree *tree,
                                          uint32_t node)
{
    return tree->texts.data + merge_tree_node(tree, node)->name;
}

/* Of a symlink. */
static inline const char *merge_tree_target(const struct merge_tree *tree,
                                            uint32_t node)
{
    return tree->texts.data + merge_tree_node(tree, node)->target;
}

/* The entry of the `length` bytes at `name` in a directory, or 0. */
uint32_t merge_tree_find(const struct merge_tree *tree, uint32_t directory,
                         const char *name, size_t length);

/* Add an entry that is not there; `target` is a symlink's. Returns it, or 0
   with errno set: ENOMEM, or ENAMETOOLONG for what no file system takes. */
uint32_t merge_tree_add(struct merge_tree *tree, uint32_t directory,
                        const char *name, size_t length, enum merge_kind kind,
                        const char *target);

/* Add another name of what `node` is, which is no directory. Likewise. */
uint32_t merge_tree_link(struct merge_tree *tree, uint32_t directory,
                         const char *name, uint32_t node);

/* Delete an entry and all below it. */
void merge_tree_remove(struct merge_tree *tree, uint32_t node);

/* Say that a node is what the member `ordinal` of the present layer describes.
   Returns 0, or -1 with errno ENOMEM. */
int merge_tree_describe(struct merge_tree *tree, uint32_t node,
                        uint32_t ordinal, uint32_t mtime);

void merge_tree_release(struct merge_tree *tree);

#endif
