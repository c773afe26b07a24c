#include "config.h"

#include "layer_diff.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "tar_member.h"
#include "tree_walk.h"
#include "whiteout.h"

/* Of the files that stand for whiteouts in an archive. */
#define MODE_MARKER 0600

struct difference {
    struct tar_member_writer writer;
    struct tree_walk walk;
    struct digest *plain, *packed;
    int64_t whiteouts;
};

static void difference_release(struct difference *difference)
{
    tar_member_release(&difference->writer);
    tree_walk_release(&difference->walk);
    digest_close(difference->plain);
    digest_close(difference->packed);
}

#define CLEANUP_DIFFERENCE __attribute__((cleanup(difference_release)))

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot read \"%s\"", path);
}

/* Add the marker "DIRECTORY/PREFIX NAME", whose directory are the first
   `length` bytes of `path`. */
static int add_marker(struct difference *difference, const char *path,
                      size_t length, const char *prefix, const char *name,
                      struct ch_error *err)
{
    CLEANUP_BUFFER struct buffer marker = {0};

    if (buffer_append(&marker, path, length) < 0 ||
        buffer_printf(&marker, "%s%s%s", length ? "/" : "", prefix, name) < 0)
        return failure(path, err);
    difference->whiteouts++;
    return tar_member_add_empty(&difference->writer, TAR_FILE, marker.data,
                                MODE_MARKER, err);
}

/* Say that what `node` hides is gone. */
static int add_whiteout(struct difference *difference,
                        const struct tree_node *node, struct ch_error *err)
{
    size_t length = strlen(node->path) - strlen(node->name);

    return add_marker(difference, node->path, length ? length - 1 : 0,
                      WHITEOUT_PREFIX, node->name, err);
}

static int add_directory(struct difference *difference,
                         const struct tree_node *node, struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        openat(node->dir_fd, node->name,
               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return failure(node->path, err);
    if (tar_member_add_directory(&difference->writer, fd, node->path, &st,
                                 err) < 0)
        return -1;
    if (directory_is_opaque(fd) &&
        add_marker(difference, node->path, strlen(node->path), WHITEOUT_OPAQUE,
                   "", err) < 0)
        return -1;
    return tree_walk_enter(&difference->walk, take_fd(&fd), err);
}

static int add_other(struct difference *difference,
                     const struct tree_node *node, struct ch_error *err)
{
    struct stat st;

    if (fstatat(node->dir_fd, node->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return failure(node->path, err);
    switch (st.st_mode & S_IFMT) {
    case S_IFCHR:
    case S_IFBLK:
        difference->writer.stats.devices += !is_whiteout(&st);
        return add_whiteout(difference, node, err);
    case S_IFSOCK:
        return add_whiteout(difference, node, err);
    default:
        return tar_member_add(&difference->writer, node, &st, err);
    }
}

static int add_node(struct difference *difference, const struct tree_node *node,
                    struct ch_error *err)
{
    if (control_is_cancelled(difference->writer.control))
        return ch_error_set(err, ECANCELED, "cannot read \"%s\"", node->path);
    if (node->event == TREE_LEAVE)
        return 0;
    if (whiteout_kind(node->name) != WHITEOUT_NONE)
        return ch_error_set(err, 0,
                            "cannot put \"%s\" into a layer: such names are "
                            "reserved for whiteouts",
                            node->path);
    if (node->event == TREE_DIRECTORY)
        return add_directory(difference, node, err);
    return add_other(difference, node, err);
}

static int add_tree(struct difference *difference, struct ch_error *err)
{
    struct tree_node node;
    int status;

    while ((status = tree_walk_next(&difference->walk, &node, err)) > 0)
        if (add_node(difference, &node, err) < 0)
            return -1;
    return status;
}

static int start(struct difference *difference, const char *upper, int fd,
                 const struct layer_diff_options *options,
                 struct ch_control *control, struct ch_error *err)
{
    struct tar_member_writer *writer = &difference->writer;
    int root_fd = open(upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root_fd < 0)
        return ch_error_set(err, errno, "cannot open \"%s\"", upper);
    if (tree_walk_start(&difference->walk, root_fd, err) < 0 ||
        digest_open(&difference->plain, "", err) < 0 ||
        digest_open(&difference->packed, "", err) < 0 ||
        tar_member_start(writer, fd, options->compression, control, err) < 0)
        return -1;
    writer->xattrs = !options->without_xattrs;
    writer->layer = true;
    tar_output_hash(writer->output, difference->plain, difference->packed);
    return 0;
}

int layer_diff(const char *upper, int fd,
               const struct layer_diff_options *options,
               struct ch_control *control, struct layer_diff_result *result,
               struct ch_error *err)
{
    CLEANUP_DIFFERENCE struct difference difference = {0};
    struct layer_digests digests;

    if (start(&difference, upper, fd, options, control, err) < 0 ||
        add_tree(&difference, err) < 0 ||
        tar_output_finish(difference.writer.output, err) < 0 ||
        digest_finish(difference.packed, digests.digest, err) < 0 ||
        digest_finish(difference.plain, digests.diff_id, err) < 0)
        return -1;
    digests.size = tar_output_size(difference.writer.output);
    *result = (struct layer_diff_result){
        .stats = difference.writer.stats,
        .digests = digests,
        .whiteouts = difference.whiteouts,
    };
    return 0;
}
