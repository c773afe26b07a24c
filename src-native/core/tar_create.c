#include "config.h"

#include "tar_create.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "link_table.h"
#include "tree_walk.h"

#define CHUNK_SIZE (128 * 1024)

struct creation {
    struct tar_output *output;
    struct tree_walk walk;
    struct link_table links;
    const struct tar_create_options *options;
    struct ch_control *control;
    struct member_stats stats;
    char *chunk; /* CHUNK_SIZE */
};

static void creation_release(struct creation *creation)
{
    tar_output_close(creation->output);
    tree_walk_release(&creation->walk);
    link_table_release(&creation->links);
    free(creation->chunk);
}

#define CLEANUP_CREATION __attribute__((cleanup(creation_release)))

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot read \"%s\"", path);
}

/* --- extended attributes --- */

/* A pax record's keyword ends at its first "=", and the ways around that are
   not read by all. */
static int check_xattrs(const struct xattr_list *xattrs, const char *path,
                        struct ch_error *err)
{
    size_t i;

    for (i = 0; i < xattrs->count; i++)
        if (strchr(xattrs->items[i].name, '='))
            return ch_error_set(err, 0,
                                "cannot archive extended attribute \"%s\" of "
                                "\"%s\": \"=\" in its name",
                                xattrs->items[i].name, path);
    return 0;
}

/* Those of the open file `fd`, if they are wanted. */
static int read_xattrs(const struct creation *creation,
                       struct xattr_list *xattrs, int fd, const char *path,
                       struct ch_error *err)
{
    if (!creation->options->xattrs)
        return 0;
    if (xattrs_from_fd(xattrs, fd, path, err) < 0)
        return -1;
    return check_xattrs(xattrs, path, err);
}

/* --- files --- */

/* The stretches of data in the file `fd`; `*sparse` is false where there is
   nothing but data, or the file system does not tell. */
static int find_segments(struct tar_segments *segments, int fd,
                         const struct stat *st, bool *sparse)
{
    off_t data = 0, hole = 0;

    *sparse = false;
    if (st->st_blocks * 512 >= st->st_size)
        return 0; /* enough blocks for all of it: no need to ask */
    for (;;) {
        data = lseek(fd, hole, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            break; /* nothing but a hole up to the end */
        hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        if (hole < 0)
            return errno == EINVAL ? 0 : -1;
        if (hole > st->st_size)
            hole = st->st_size;
        if (hole <= data)
            break;
        if (tar_segments_add(segments, data, hole - data) < 0)
            return -1;
    }
    if (tar_segments_align(segments, st->st_size) < 0)
        return -1;
    *sparse = tar_segments_length(segments) < st->st_size;
    return 0;
}

/* Copy `length` bytes at `offset`. */
static int copy_range(struct creation *creation, int fd, int64_t offset,
                      int64_t length, const char *path, struct ch_error *err)
{
    while (length > 0) {
        size_t wanted = length < CHUNK_SIZE ? (size_t)length : CHUNK_SIZE;
        ssize_t count = pread(fd, creation->chunk, wanted, offset);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return failure(path, err);
        if (count == 0)
            return ch_error_set(err, 0, "cannot read \"%s\": it became shorter",
                                path);
        if (tar_output_data(creation->output, creation->chunk, (size_t)count,
                            err) < 0)
            return -1;
        control_add(creation->control, count);
        creation->stats.bytes += count;
        offset += count;
        length -= count;
    }
    return 0;
}

static int copy_file(struct creation *creation, int fd,
                     const struct tar_header *header, struct ch_error *err)
{
    const struct tar_segments *segments = header->segments;
    int64_t length = header->size;
    size_t i;

    if (!segments) {
        if (copy_range(creation, fd, 0, length, header->name, err) < 0)
            return -1;
        return tar_output_end_member(creation->output, length, err);
    }
    length = tar_segments_length(segments);
    for (i = 0; i < segments->count; i++)
        if (copy_range(creation, fd, segments->items[i].offset,
                       segments->items[i].length, header->name, err) < 0)
            return -1;
    return tar_output_end_member(creation->output, length, err);
}

/* Write the member that `header` describes but for what its content tells, and
   the content of `fd`. */
static int write_file(struct creation *creation, int fd,
                      struct tar_header *header, const struct stat *st,
                      struct ch_error *err)
{
    CLEANUP_TAR_SEGMENTS struct tar_segments segments = {0};
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    bool sparse;

    if (find_segments(&segments, fd, st, &sparse) < 0)
        return failure(header->name, err);
    if (sparse)
        header->segments = &segments;
    if (read_xattrs(creation, &xattrs, fd, header->name, err) < 0)
        return -1;
    header->xattrs = &xattrs;
    header->size = st->st_size;
    if (tar_output_header(creation->output, header, err) < 0)
        return -1;
    return copy_file(creation, fd, header, err);
}

static int add_file(struct creation *creation, const struct tree_node *node,
                    struct tar_header *header, struct ch_error *err)
{
    /* O_NONBLOCK: a FIFO in the file's place must not keep us. */
    CLEANUP_CLOSE int fd =
        openat(node->dir_fd, node->name,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return failure(node->path, err);
    if (!S_ISREG(st.st_mode))
        return ch_error_set(err, 0, "cannot read \"%s\": it was replaced",
                            node->path);
    header->type = TAR_FILE;
    return write_file(creation, fd, header, &st, err);
}

/* --- other entries --- */

static int add_symlink(struct creation *creation, const struct tree_node *node,
                       struct tar_header *header, struct ch_error *err)
{
    char target[PATH_MAX];
    ssize_t length =
        readlinkat(node->dir_fd, node->name, target, sizeof(target) - 1);

    if (length < 0)
        return failure(node->path, err);
    target[length] = '\0';
    header->type = TAR_SYMLINK;
    header->target = target;
    return tar_output_header(creation->output, header, err);
}

static int add_directory(struct creation *creation,
                         const struct tree_node *node,
                         struct tar_header *header, struct ch_error *err)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    CLEANUP_CLOSE int fd =
        openat(node->dir_fd, node->name,
               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return failure(node->path, err);
    if (read_xattrs(creation, &xattrs, fd, node->path, err) < 0)
        return -1;
    header->type = TAR_DIRECTORY;
    header->xattrs = &xattrs;
    if (tar_output_header(creation->output, header, err) < 0)
        return -1;
    return tree_walk_enter(&creation->walk, take_fd(&fd), err);
}

/* If `st` is a file that was seen under another name, `*first` is that name,
   else NULL. */
static int find_link(struct creation *creation, const struct tree_node *node,
                     const struct stat *st, const char **first,
                     struct ch_error *err)
{
    *first = NULL;
    if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
        return 0;
    *first = link_table_find(&creation->links, st->st_dev, st->st_ino);
    if (!*first && link_table_add(&creation->links, st->st_dev, st->st_ino,
                                  node->path) < 0)
        return failure(node->path, err);
    return 0;
}

static int add_new(struct creation *creation, const struct tree_node *node,
                   const struct stat *st, struct tar_header *header,
                   struct ch_error *err)
{
    switch (st->st_mode & S_IFMT) {
    case S_IFREG:
        return add_file(creation, node, header, err);
    case S_IFDIR:
        return add_directory(creation, node, header, err);
    case S_IFLNK:
        return add_symlink(creation, node, header, err);
    default:
        header->type = TAR_FIFO;
        return tar_output_header(creation->output, header, err);
    }
}

static int add_entry(struct creation *creation, const struct tree_node *node,
                     const struct stat *st, struct ch_error *err)
{
    struct tar_header header = {
        .name = node->path,
        .mode = st->st_mode & 07777,
        .mtime = st->st_mtim.tv_sec,
    };

    if (find_link(creation, node, st, &header.target, err) < 0)
        return -1;
    creation->stats.entries++;
    if (!header.target)
        return add_new(creation, node, st, &header, err);
    header.type = TAR_HARDLINK;
    return tar_output_header(creation->output, &header, err);
}

static int add_node(struct creation *creation, const struct tree_node *node,
                    struct ch_error *err)
{
    struct stat st;

    if (control_is_cancelled(creation->control))
        return ch_error_set(err, ECANCELED, "cannot read \"%s\"", node->path);
    if (node->event == TREE_LEAVE)
        return 0;
    if (fstatat(node->dir_fd, node->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return failure(node->path, err);
    if (S_ISSOCK(st.st_mode))
        return 0; /* belongs to a process that an archive cannot hold */
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
        creation->stats.devices++;
        return 0;
    }
    return add_entry(creation, node, &st, err);
}

static int create_members(struct creation *creation, struct ch_error *err)
{
    struct tree_node node;
    int status;

    while ((status = tree_walk_next(&creation->walk, &node, err)) > 0)
        if (add_node(creation, &node, err) < 0)
            return -1;
    return status;
}

/* --- additions --- */

static int add_empty(struct creation *creation, enum tar_type type, mode_t mode,
                     const char *const *names, struct ch_error *err)
{
    for (; names && *names; names++) {
        const struct tar_header header = {
            .type = type,
            .name = *names,
            .mode = mode,
        };

        creation->stats.entries++;
        if (tar_output_header(creation->output, &header, err) < 0)
            return -1;
    }
    return 0;
}

static int add_missing(struct creation *creation, struct ch_error *err)
{
    const struct tar_create_options *options = creation->options;

    if (add_empty(creation, TAR_DIRECTORY, 0755, options->directories, err) < 0)
        return -1;
    return add_empty(creation, TAR_FILE, 0644, options->files, err);
}

int tar_create(const char *directory, int fd,
               const struct tar_create_options *options,
               struct ch_control *control, struct member_stats *stats,
               struct ch_error *err)
{
    CLEANUP_CREATION struct creation creation = {
        .options = options,
        .control = control,
        .chunk = malloc(CHUNK_SIZE),
    };
    int root_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root_fd < 0)
        return failure(directory, err);
    if (tree_walk_start(&creation.walk, root_fd, err) < 0)
        return -1;
    if (!creation.chunk)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", directory);
    if (tar_output_open(&creation.output, fd, options->compression, control,
                        err) < 0 ||
        create_members(&creation, err) < 0 || add_missing(&creation, err) < 0 ||
        tar_output_finish(creation.output, err) < 0)
        return -1;
    *stats = creation.stats;
    return 0;
}
