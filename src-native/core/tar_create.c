#include "config.h"

#include "tar_create.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "tar_member.h"
#include "tree_walk.h"

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot read \"%s\"", path);
}

static int add_directory(struct tar_member_writer *writer,
                         struct tree_walk *walk, const struct tree_node *node,
                         struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        openat(node->dir_fd, node->name,
               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return failure(node->path, err);
    if (tar_member_add_directory(writer, fd, node->path, &st, err) < 0)
        return -1;
    return tree_walk_enter(walk, take_fd(&fd), err);
}

static int add_node(struct tar_member_writer *writer, struct tree_walk *walk,
                    const struct tree_node *node, struct ch_error *err)
{
    struct stat st;

    if (control_is_cancelled(writer->control))
        return ch_error_set(err, ECANCELED, "cannot read \"%s\"", node->path);
    if (node->event == TREE_LEAVE)
        return 0;
    if (fstatat(node->dir_fd, node->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return failure(node->path, err);
    if (S_ISSOCK(st.st_mode))
        return 0; /* belongs to a process that an archive cannot hold */
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
        writer->stats.devices++;
        return 0;
    }
    if (S_ISDIR(st.st_mode))
        return add_directory(writer, walk, node, err);
    return tar_member_add(writer, node, &st, err);
}

static int add_tree(struct tar_member_writer *writer, int root_fd,
                    struct ch_error *err)
{
    CLEANUP_TREE_WALK struct tree_walk walk = {0};
    struct tree_node node;
    int status;

    if (tree_walk_start(&walk, root_fd, err) < 0)
        return -1;
    while ((status = tree_walk_next(&walk, &node, err)) > 0)
        if (add_node(writer, &walk, &node, err) < 0)
            return -1;
    return status;
}

static int add_empty(struct tar_member_writer *writer, enum tar_type type,
                     mode_t mode, const char *const *names,
                     struct ch_error *err)
{
    for (; names && *names; names++)
        if (tar_member_add_empty(writer, type, *names, mode, err) < 0)
            return -1;
    return 0;
}

int tar_create(const char *directory, int fd,
               const struct tar_create_options *options,
               struct ch_control *control, struct member_stats *stats,
               struct ch_error *err)
{
    CLEANUP_TAR_MEMBER struct tar_member_writer writer = {0};
    CLEANUP_CLOSE int root_fd =
        open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root_fd < 0)
        return failure(directory, err);
    if (tar_member_start(&writer, fd, options->compression, control, err) < 0)
        return -1;
    writer.xattrs = options->xattrs;
    if (add_tree(&writer, take_fd(&root_fd), err) < 0 ||
        add_empty(&writer, TAR_DIRECTORY, 0755, options->directories, err) <
            0 ||
        add_empty(&writer, TAR_FILE, 0644, options->files, err) < 0 ||
        tar_output_finish(writer.output, err) < 0)
        return -1;
    *stats = writer.stats;
    return 0;
}
