#include "config.h"

#include "tree_listing.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/link_table.h"
#include "core/tree_walk.h"
#include "core/whiteout.h"
#include "core/xattrs.h"
#include "scratch.h"

#define FILE_MAX ((size_t)1 << 24)

static void must(int status, const char *path)
{
    if (status < 0)
        give_up("list", path);
}

/* Of files and directories. */
static void list_xattrs(struct buffer *listing, int fd, const char *path)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    struct ch_error err = CH_ERROR_INIT;
    size_t i;

    must(xattrs_from_fd(&xattrs, fd, path, &err), path);
    for (i = 0; i < xattrs.count; i++)
        must(buffer_printf(listing, " %s=%.*s", xattrs.items[i].name,
                           (int)xattrs.items[i].size,
                           (const char *)xattrs.items[i].value),
             path);
}

static void list_content(struct buffer *listing, int fd, const char *path)
{
    CLEANUP_DIGEST struct digest *digest = NULL;
    struct ch_error err = CH_ERROR_INIT;
    char text[DIGEST_TEXT_SIZE];
    size_t length = 0;
    CLEANUP_FREE char *bytes = file_read_all(fd, FILE_MAX, &length);

    must(bytes ? 0 : -1, path);
    must(digest_open(&digest, "", &err), path);
    digest_add(digest, bytes, length);
    must(digest_finish(digest, text, &err), path);
    must(buffer_printf(listing, " %zu %.20s", length, text), path);
}

static void list_special(struct buffer *listing, const struct tree_node *node,
                         const struct stat *st)
{
    char target[PATH_MAX];
    ssize_t length;

    if (!S_ISLNK(st->st_mode)) {
        must(buffer_printf(listing, " %llx", (long long)st->st_rdev),
             node->path);
        return;
    }
    length = readlinkat(node->dir_fd, node->name, target, sizeof(target));
    must((int)length, node->path);
    must(buffer_printf(listing, " -> %.*s", (int)length, target), node->path);
}

static void list_link(struct buffer *listing, struct link_table *links,
                      const struct tree_node *node, const struct stat *st)
{
    const char *first = link_table_find(links, st->st_dev, st->st_ino);

    if (S_ISDIR(st->st_mode))
        return;
    if (first)
        must(buffer_printf(listing, " = %s", first), node->path);
    else
        must(link_table_add(links, st->st_dev, st->st_ino, node->path),
             node->path);
}

/* The name and the attributes; a whiteout's time means nothing. */
static void list_attributes(struct buffer *listing, const char *path,
                            const struct stat *st)
{
    must(buffer_printf(listing, "%s %o %lld.%09ld", path, st->st_mode,
                       is_whiteout(st) ? 0 : (long long)st->st_mtim.tv_sec,
                       is_whiteout(st) ? 0 : st->st_mtim.tv_nsec),
         path);
}

static void list_node(struct buffer *listing, struct link_table *links,
                      struct tree_walk *walk, const struct tree_node *node)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_CLOSE int fd = -1;
    struct stat st;

    must(fstatat(node->dir_fd, node->name, &st, AT_SYMLINK_NOFOLLOW),
         node->path);
    list_attributes(listing, node->path, &st);
    list_link(listing, links, node, &st);
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
        must(fd = openat(node->dir_fd, node->name, flags), node->path);
        list_xattrs(listing, fd, node->path);
        if (S_ISREG(st.st_mode))
            list_content(listing, fd, node->path);
    } else {
        list_special(listing, node, &st);
    }
    must(buffer_append(listing, "\n", 1), node->path);
    if (S_ISDIR(st.st_mode))
        must(tree_walk_enter(walk, take_fd(&fd), &err), node->path);
}

static void list_root(struct buffer *listing, int fd, const char *path)
{
    struct stat st;

    must(fstat(fd, &st), path);
    list_attributes(listing, ".", &st);
    list_xattrs(listing, fd, path);
    must(buffer_append(listing, "\n", 1), path);
}

void list_tree(const char *path, struct buffer *listing)
{
    CLEANUP_TREE_WALK struct tree_walk walk = {0};
    struct link_table links = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct tree_node node;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status;

    must(fd, path);
    list_root(listing, fd, path);
    must(tree_walk_start(&walk, fd, &err), path);
    while ((status = tree_walk_next(&walk, &node, &err)) > 0)
        if (node.event != TREE_LEAVE)
            list_node(listing, &links, &walk, &node);
    must(status, path);
    link_table_release(&links);
}

const char *first_difference(const char *left, const char *right)
{
    static char line[PATH_MAX + 512];
    size_t start = 0, i;

    for (i = 0; left[i] && left[i] == right[i]; i++)
        if (left[i] == '\n')
            start = i + 1;
    if (left[i] == right[i])
        return NULL;
    (void)snprintf(line, sizeof(line), "\"%.*s\" and \"%.*s\"",
                   (int)strcspn(left + start, "\n"), left + start,
                   (int)strcspn(right + start, "\n"), right + start);
    return line;
}
