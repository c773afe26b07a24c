#include "config.h"

#include "merge_tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 1024

/* --- memory --- */

static int reserve(void *array_address, size_t count, size_t *capacity,
                   size_t size)
{
    size_t wanted = *capacity ? 2 * *capacity : CAPACITY_MIN;
    void **array = array_address;
    void *grown;

    if (count < *capacity)
        return 0;
    if (count >= UINT32_MAX / 2) {
        errno = ENOMEM;
        return -1;
    }
    grown = reallocarray(*array, wanted, size);
    if (!grown)
        return -1;
    *array = grown;
    *capacity = wanted;
    return 0;
}

/* Keep a text; returns 0, or -1 with errno ENOMEM. */
static int keep(struct merge_tree *tree, const char *text, size_t length,
                uint32_t *offset)
{
    size_t before = tree->texts.length;

    if (before + length >= UINT32_MAX) {
        errno = ENOMEM;
        return -1;
    }
    if (buffer_append(&tree->texts, text, length) < 0 ||
        buffer_append_zeros(&tree->texts, 1) < 0)
        return -1;
    *offset = (uint32_t)before;
    return 0;
}

/* --- buckets --- */

static uint32_t *bucket_of(const struct merge_tree *tree, uint32_t directory,
                           const char *name, size_t length)
{
    uint64_t hash = name_hash(name, length) ^ directory * 0x9e3779b97f4a7c15;

    return &tree->buckets[(hash ^ hash >> 32) & (tree->bucket_count - 1)];
}

static void bucket_insert(struct merge_tree *tree, uint32_t node)
{
    struct merge_node *it = merge_tree_node(tree, node);
    const char *name = merge_tree_name(tree, node);
    uint32_t *bucket = bucket_of(tree, it->parent, name, strlen(name));

    it->next_in_bucket = *bucket;
    *bucket = node;
}

static void bucket_remove(struct merge_tree *tree, uint32_t node)
{
    struct merge_node *it = merge_tree_node(tree, node);
    const char *name = merge_tree_name(tree, node);
    uint32_t *place = bucket_of(tree, it->parent, name, strlen(name));

    while (*place != node)
        place = &merge_tree_node(tree, *place)->next_in_bucket;
    *place = it->next_in_bucket;
}

/* As many buckets as nodes. */
static int grow_buckets(struct merge_tree *tree)
{
    uint32_t *buckets;
    uint32_t node;

    if (tree->bucket_count >= tree->node_capacity)
        return 0;
    buckets = calloc(tree->node_capacity, sizeof(*buckets));
    if (!buckets)
        return -1;
    free(tree->buckets);
    tree->buckets = buckets;
    tree->bucket_count = tree->node_capacity;
    for (node = MERGE_ROOT + 1; node < tree->node_count; node++)
        if (merge_tree_node(tree, node)->kind != MERGE_FREE)
            bucket_insert(tree, node);
    return 0;
}

/* --- nodes --- */

int merge_tree_init(struct merge_tree *tree)
{
    if (reserve(&tree->nodes, 0, &tree->node_capacity, sizeof(*tree->nodes)) <
            0 ||
        reserve(&tree->sources, 0, &tree->source_capacity,
                sizeof(*tree->sources)) < 0 ||
        buffer_append_zeros(&tree->texts, 1) < 0 || grow_buckets(tree) < 0)
        return -1;
    tree->nodes[0] = (struct merge_node){0};
    tree->nodes[MERGE_ROOT] = (struct merge_node){.kind = MERGE_DIRECTORY};
    tree->node_count = MERGE_ROOT + 1;
    tree->sources[0] = (struct merge_source){0};
    tree->source_count = 1;
    return 0;
}

uint32_t merge_tree_find(const struct merge_tree *tree, uint32_t directory,
                         const char *name, size_t length)
{
    uint32_t node = *bucket_of(tree, directory, name, length);

    while (node) {
        const struct merge_node *it = merge_tree_node(tree, node);
        const char *text = merge_tree_name(tree, node);

        if (it->parent == directory && !strncmp(text, name, length) &&
            !text[length])
            break;
        node = it->next_in_bucket;
    }
    return node;
}

/* A node that nobody uses, or 0. */
static uint32_t take_node(struct merge_tree *tree)
{
    uint32_t node = tree->deleted;

    if (node) {
        tree->deleted = merge_tree_node(tree, node)->next_in_bucket;
        return node;
    }
    if (reserve(&tree->nodes, tree->node_count, &tree->node_capacity,
                sizeof(*tree->nodes)) < 0 ||
        grow_buckets(tree) < 0)
        return 0;
    return (uint32_t)tree->node_count++;
}

static void insert(struct merge_tree *tree, uint32_t node)
{
    struct merge_node *it = merge_tree_node(tree, node);
    struct merge_node *parent = merge_tree_node(tree, it->parent);

    it->next_sibling = parent->first_child;
    if (it->next_sibling)
        merge_tree_node(tree, it->next_sibling)->previous_sibling = node;
    parent->first_child = node;
    bucket_insert(tree, node);
}

uint32_t merge_tree_add(struct merge_tree *tree, uint32_t directory,
                        const char *name, size_t length, enum merge_kind kind,
                        const char *target)
{
    struct merge_node made = {.parent = directory, .kind = (uint8_t)kind};
    size_t target_length = target ? strlen(target) : 0;
    uint32_t node;

    if (length > NAME_MAX || target_length >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return 0;
    }
    if (keep(tree, name, length, &made.name) < 0 ||
        (target && keep(tree, target, target_length, &made.target) < 0))
        return 0;
    node = take_node(tree);
    if (!node)
        return 0;
    *merge_tree_node(tree, node) = made;
    insert(tree, node);
    return node;
}

uint32_t merge_tree_link(struct merge_tree *tree, uint32_t directory,
                         const char *name, uint32_t node)
{
    uint32_t link =
        merge_tree_add(tree, directory, name, strlen(name), MERGE_OTHER, NULL);
    struct merge_node *first, *it;

    if (!link)
        return 0;
    it = merge_tree_node(tree, link);
    first = merge_tree_node(tree, node);
    it->kind = first->kind;
    it->target = first->target;
    it->source = first->source;
    it->next_link = first->next_link;
    first->next_link = link;
    return link;
}

/* The member that describes a node has one name less. */
static void leave_source(struct merge_tree *tree, uint32_t node)
{
    struct merge_node *it = merge_tree_node(tree, node);
    uint32_t *place = &tree->sources[it->source].node;

    if (!it->source)
        return;
    while (*place != node)
        place = &merge_tree_node(tree, *place)->next_link;
    *place = it->next_link;
    it->source = it->next_link = 0;
}

static void remove_one(struct merge_tree *tree, uint32_t node)
{
    struct merge_node *it = merge_tree_node(tree, node);

    leave_source(tree, node);
    bucket_remove(tree, node);
    if (it->previous_sibling)
        merge_tree_node(tree, it->previous_sibling)->next_sibling =
            it->next_sibling;
    else
        merge_tree_node(tree, it->parent)->first_child = it->next_sibling;
    if (it->next_sibling)
        merge_tree_node(tree, it->next_sibling)->previous_sibling =
            it->previous_sibling;
    *it = (struct merge_node){.next_in_bucket = tree->deleted};
    tree->deleted = node;
}

/* However deep it is, without recursion. */
void merge_tree_remove(struct merge_tree *tree, uint32_t node)
{
    uint32_t at = node;

    for (;;) {
        const struct merge_node *it = merge_tree_node(tree, at);
        uint32_t parent = it->parent;

        if (it->kind == MERGE_DIRECTORY && it->first_child) {
            at = it->first_child;
            continue;
        }
        remove_one(tree, at);
        if (at == node)
            return;
        at = parent;
    }
}

int merge_tree_describe(struct merge_tree *tree, uint32_t node,
                        uint32_t ordinal, uint32_t mtime)
{
    if (reserve(&tree->sources, tree->source_count, &tree->source_capacity,
                sizeof(*tree->sources)) < 0)
        return -1;
    leave_source(tree, node);
    merge_tree_node(tree, node)->source = (uint32_t)tree->source_count;
    tree->sources[tree->source_count++] = (struct merge_source){
        .ordinal = ordinal,
        .node = node,
        .mtime = mtime,
    };
    return 0;
}

void merge_tree_release(struct merge_tree *tree)
{
    free(tree->nodes);
    free(tree->buckets);
    free(tree->sources);
    buffer_release(&tree->texts);
    *tree = (struct merge_tree){0};
}
