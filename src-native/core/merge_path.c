#include "config.h"

#include "merge_path.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"

/* As many as the kernel follows. */
#define SYMLINKS_MAX 40

/* Go on with what a symlink says, and then with what is left of the path. */
static int follow(const char *target, const char *rest, struct buffer *path)
{
    struct buffer made = {0};

    if (buffer_printf(&made, "%s/%s", target, rest) < 0)
        return -1;
    buffer_release(path);
    *path = made;
    return 0;
}

/* From a directory to the entry of the `length` bytes at `name`; "." and ".."
   are there, too. */
static uint32_t step(const struct merge_tree *tree, uint32_t directory,
                     const char *name, size_t length)
{
    uint32_t parent = merge_tree_node(tree, directory)->parent;

    if (length == 0 || (length == 1 && *name == '.'))
        return directory;
    if (length == 2 && !strncmp(name, "..", 2))
        return parent ? parent : MERGE_ROOT;
    return merge_tree_find(tree, directory, name, length);
}

static uint32_t no_directory(int errnum)
{
    errno = errnum;
    return 0;
}

uint32_t merge_path_resolve(const struct merge_tree *tree, const char *path,
                            size_t length)
{
    CLEANUP_BUFFER struct buffer pending = {0};
    uint32_t at = MERGE_ROOT;
    size_t position = 0;
    unsigned symlinks = 0;

    if (buffer_append(&pending, path, length) < 0)
        return 0;
    while (position < pending.length) {
        const char *name = pending.data + position;
        size_t part = strcspn(name, "/");
        uint32_t next = step(tree, at, name, part);
        const struct merge_node *it = merge_tree_node(tree, next);

        position += part + 1;
        if (!next || it->kind == MERGE_OTHER)
            return no_directory(next ? ENOTDIR : ENOENT);
        if (it->kind == MERGE_DIRECTORY) {
            at = next;
            continue;
        }
        if (++symlinks > SYMLINKS_MAX)
            return no_directory(ELOOP);
        if (*merge_tree_target(tree, next) == '/')
            at = MERGE_ROOT;
        if (follow(merge_tree_target(tree, next),
                   name[part] ? name + part + 1 : "", &pending) < 0)
            return 0;
        position = 0;
    }
    return at;
}

uint32_t merge_path_directory(const struct merge_tree *tree, const char *path)
{
    uint32_t at = MERGE_ROOT;

    while (*path) {
        size_t length = strcspn(path, "/");

        at = merge_tree_find(tree, at, path, length);
        if (merge_tree_node(tree, at)->kind != MERGE_DIRECTORY)
            return 0;
        path += length;
        path += *path == '/';
    }
    return at;
}

bool merge_path_is_within(const struct merge_tree *tree, uint32_t node,
                          uint32_t directory)
{
    while (node && node != directory)
        node = merge_tree_node(tree, node)->parent;
    return node == directory;
}

/* From the end to the beginning. */
int merge_path_of(const struct merge_tree *tree, uint32_t node,
                  struct buffer *path)
{
    size_t length = 0;
    uint32_t at;
    char *end;

    for (at = node; at != MERGE_ROOT; at = merge_tree_node(tree, at)->parent)
        length += strlen(merge_tree_name(tree, at)) + 1;
    buffer_truncate(path, 0);
    if (buffer_append_zeros(path, length) < 0)
        return -1;
    end = path->data + length;
    for (at = node; at != MERGE_ROOT; at = merge_tree_node(tree, at)->parent) {
        const char *name = merge_tree_name(tree, at);

        *--end = '/';
        end -= strlen(name);
        memcpy(end, name, strlen(name));
    }
    if (length)
        buffer_truncate(path, length - 1);
    return 0;
}
