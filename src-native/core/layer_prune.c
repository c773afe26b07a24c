#include "config.h"

#include "layer_prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "tree_walk.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot delete \"%s\"", path);
}

static bool is_own(const struct entry_set *own, int dir_fd, const char *name)
{
    enum name_kind kind = entry_set_find(own, dir_fd, name);

    return kind == NAME_DIRECTORY || kind == NAME_OTHER;
}

/* A directory that is not the layer's own but holds something that is: the
   layer's names imply it. */
static int prune_left(const struct tree_node *node, struct ch_error *err)
{
    if (!unlinkat(node->dir_fd, node->name, AT_REMOVEDIR) || errno == ENOENT)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return failure(node->path, err);
    return 0;
}

static int prune_node(struct tree_walk *walk, const struct tree_node *node,
                      const struct entry_set *own, struct ch_error *err)
{
    int fd;

    if (node->event == TREE_DIRECTORY) {
        fd = openat(node->dir_fd, node->name, OPEN_DIRECTORY);
        if (fd < 0)
            return failure(node->path, err);
        return tree_walk_enter(walk, fd, err);
    }
    if (is_own(own, node->dir_fd, node->name))
        return 0;
    if (node->event == TREE_LEAVE)
        return prune_left(node, err);
    if (unlinkat(node->dir_fd, node->name, 0) < 0 && errno != ENOENT)
        return failure(node->path, err);
    return 0;
}

int layer_prune_directory(int dir_fd, const struct entry_set *own,
                          struct ch_error *err)
{
    CLEANUP_TREE_WALK struct tree_walk walk = {0};
    struct tree_node node;
    int fd = openat(dir_fd, ".", OPEN_DIRECTORY);
    int status;

    if (fd < 0)
        return failure(".", err);
    if (tree_walk_start(&walk, fd, err) < 0)
        return -1;
    while ((status = tree_walk_next(&walk, &node, err)) > 0)
        if (prune_node(&walk, &node, own, err) < 0)
            return -1;
    return status;
}

int layer_prune_entry(int dir_fd, const char *name, const struct entry_set *own,
                      struct ch_error *err)
{
    const struct tree_node left = {
        .event = TREE_LEAVE,
        .dir_fd = dir_fd,
        .name = name,
        .path = name,
    };
    CLEANUP_CLOSE int fd = openat(dir_fd, name, OPEN_DIRECTORY);

    if (fd >= 0) {
        if (layer_prune_directory(fd, own, err) < 0)
            return -1;
        return is_own(own, dir_fd, name) ? 0 : prune_left(&left, err);
    }
    if (errno == ENOENT || is_own(own, dir_fd, name))
        return 0;
    if (errno != ENOTDIR && errno != ELOOP)
        return failure(name, err);
    if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
        return failure(name, err);
    return 0;
}
