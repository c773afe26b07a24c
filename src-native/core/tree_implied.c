#include "config.h"

#include "tree_implied.h"

#include <errno.h>
#include <stdbool.h>

#include "cleanup.h"
#include "whiteout.h"

/* Of directories that no member describes. */
#define MODE_IMPLIED 0755

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot write \"%s\"", *path ? path : ".");
}

static bool is_layer(const struct tree_writer *writer)
{
    return writer->own || writer->lower;
}

/* Give `fd` what the directory `lower_fd` has. */
static int describe_as(struct tree_writer *writer, int fd, int lower_fd,
                       const char *path, struct ch_error *err)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    struct stat st;

    if (fstat(lower_fd, &st) < 0)
        return failure(path, err);
    if (xattrs_from_fd(&xattrs, lower_fd, path, err) < 0)
        return -1;
    xattrs_drop(&xattrs, OVERLAY_XATTR_PREFIX);
    if (xattrs_apply(&xattrs, fd, path, err) < 0)
        return -1;
    if (directory_list_add(&writer->directories, path, fd, st.st_mode & 07777,
                           st.st_mtim) < 0)
        return failure(path, err);
    return 0;
}

/* The same directory in the layers below; -1 if they do not show it. */
static int open_below(const struct tree_writer *writer, const char *path)
{
    CLEANUP_CLOSE int fd = -1;
    bool hidden;

    if (!writer->lower)
        return -1;
    fd = layer_open(writer->root_fd, path, &hidden);
    return hidden ? -1 : layer_lower_open(writer->lower, path);
}

int tree_implied_describe(struct tree_writer *writer, int fd, const char *path,
                          struct ch_error *err)
{
    /* The same archive always makes the same tree. */
    const struct timespec time = {0};
    CLEANUP_CLOSE int lower_fd = open_below(writer, path);

    if (lower_fd >= 0)
        return describe_as(writer, fd, lower_fd, path, err);
    if (directory_list_add(&writer->directories, path, fd, MODE_IMPLIED, time) <
        0)
        return failure(path, err);
    return 0;
}

static int keep(struct tree_writer *writer, int fd, const char *path,
                struct ch_error *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0 ||
        directory_list_add(&writer->directories, path, fd, st.st_mode & 07777,
                           st.st_mtim) < 0)
        return failure(path, err);
    return 0;
}

int tree_implied_keep(struct tree_writer *writer, int dir_fd, const char *base,
                      int fd, const char *path, struct ch_error *err)
{
    if (entry_set_find(writer->own, dir_fd, base) == NAME_IMPLIED)
        return 0; /* known, and perhaps written to since */
    if (keep(writer, fd, path, err) < 0)
        return -1;
    if (entry_set_put(writer->own, dir_fd, base, NAME_IMPLIED) < 0)
        return failure(path, err);
    return 0;
}

int tree_implied_keep_root(struct tree_writer *writer, struct ch_error *err)
{
    return keep(writer, writer->root_fd, "", err);
}

int tree_implied_forget(const struct tree_writer *writer, int fd,
                        const char *path, struct ch_error *err)
{
    if (!is_layer(writer))
        return 0;
    return xattrs_remove(fd, OVERLAY_XATTR_PREFIX, path, err);
}

int tree_implied_hide(const struct tree_writer *writer, int fd)
{
    return writer->lower ? directory_set_opaque(fd) : 0;
}
