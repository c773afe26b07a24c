#include "config.h"

#include "tar_member.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "whiteout.h"

#define CHUNK_SIZE (128 * 1024)

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot read \"%s\"", path);
}

int tar_member_start(struct tar_member_writer *writer, int fd,
                     enum compression compression, struct ch_control *control,
                     struct ch_error *err)
{
    *writer = (struct tar_member_writer){
        .control = control,
        .chunk = malloc(CHUNK_SIZE),
    };
    if (!writer->chunk)
        return ch_error_set(err, ENOMEM, "cannot write archive");
    return tar_output_open(&writer->output, fd, compression, control, err);
}

void tar_member_release(struct tar_member_writer *writer)
{
    tar_output_close(writer->output);
    link_table_release(&writer->links);
    free(writer->chunk);
    *writer = (struct tar_member_writer){0};
}

/* Layers keep all of a time; elsewhere seconds do, which more readers know. */
static struct tar_header header_of(const struct tar_member_writer *writer,
                                   const char *path, const struct stat *st)
{
    return (struct tar_header){
        .name = path,
        .mode = st->st_mode & 07777,
        .mtime = st->st_mtim.tv_sec,
        .mtime_nsec = writer->layer ? st->st_mtim.tv_nsec : 0,
    };
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

/* Describe the open file `fd` by those that are wanted. */
static int read_xattrs(const struct tar_member_writer *writer,
                       struct xattr_list *xattrs, int fd,
                       struct tar_header *header, struct ch_error *err)
{
    if (!writer->xattrs && !writer->layer)
        return 0;
    if (xattrs_from_fd(xattrs, fd, header->name, err) < 0)
        return -1;
    if (writer->layer) {
        header->mode = whiteout_kept_mode(xattrs, header->mode,
                                          header->type == TAR_DIRECTORY);
        xattrs_drop(xattrs, OVERLAY_XATTR_PREFIX);
        xattrs_drop(xattrs, LAYER_XATTR_PREFIX);
    }
    if (!writer->xattrs)
        return 0;
    header->xattrs = xattrs;
    return check_xattrs(xattrs, header->name, err);
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
static int copy_range(struct tar_member_writer *writer, int fd, int64_t offset,
                      int64_t length, const char *path, struct ch_error *err)
{
    while (length > 0) {
        size_t wanted = length < CHUNK_SIZE ? (size_t)length : CHUNK_SIZE;
        ssize_t count = pread(fd, writer->chunk, wanted, offset);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return failure(path, err);
        if (count == 0)
            return ch_error_set(err, 0, "cannot read \"%s\": it became shorter",
                                path);
        if (tar_output_data(writer->output, writer->chunk, (size_t)count, err) <
            0)
            return -1;
        control_add(writer->control, count);
        writer->stats.bytes += count;
        offset += count;
        length -= count;
    }
    return 0;
}

static int copy_file(struct tar_member_writer *writer, int fd,
                     const struct tar_header *header, struct ch_error *err)
{
    const struct tar_segments *segments = header->segments;
    int64_t length = header->size;
    size_t i;

    if (!segments) {
        if (copy_range(writer, fd, 0, length, header->name, err) < 0)
            return -1;
        return tar_output_end_member(writer->output, length, err);
    }
    length = tar_segments_length(segments);
    for (i = 0; i < segments->count; i++)
        if (copy_range(writer, fd, segments->items[i].offset,
                       segments->items[i].length, header->name, err) < 0)
            return -1;
    return tar_output_end_member(writer->output, length, err);
}

/* Write the member that `header` describes but for what its content tells, and
   the content of `fd`. */
static int write_file(struct tar_member_writer *writer, int fd,
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
    if (read_xattrs(writer, &xattrs, fd, header, err) < 0)
        return -1;
    header->size = st->st_size;
    if (tar_output_header(writer->output, header, err) < 0)
        return -1;
    return copy_file(writer, fd, header, err);
}

static int add_file(struct tar_member_writer *writer,
                    const struct tree_node *node, struct tar_header *header,
                    struct ch_error *err)
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
    return write_file(writer, fd, header, &st, err);
}

/* --- other entries --- */

static int add_symlink(struct tar_member_writer *writer,
                       const struct tree_node *node, struct tar_header *header,
                       struct ch_error *err)
{
    char target[PATH_MAX];
    ssize_t length =
        readlinkat(node->dir_fd, node->name, target, sizeof(target) - 1);

    if (length < 0)
        return failure(node->path, err);
    target[length] = '\0';
    header->type = TAR_SYMLINK;
    header->target = target;
    return tar_output_header(writer->output, header, err);
}

/* If `st` is a file that was seen under another name, `*first` is that name,
   else NULL. */
static int find_link(struct tar_member_writer *writer,
                     const struct tree_node *node, const struct stat *st,
                     const char **first, struct ch_error *err)
{
    *first = NULL;
    if (st->st_nlink < 2)
        return 0;
    *first = link_table_find(&writer->links, st->st_dev, st->st_ino);
    if (!*first &&
        link_table_add(&writer->links, st->st_dev, st->st_ino, node->path) < 0)
        return failure(node->path, err);
    return 0;
}

static int add_new(struct tar_member_writer *writer,
                   const struct tree_node *node, const struct stat *st,
                   struct tar_header *header, struct ch_error *err)
{
    switch (st->st_mode & S_IFMT) {
    case S_IFREG:
        return add_file(writer, node, header, err);
    case S_IFLNK:
        return add_symlink(writer, node, header, err);
    default:
        header->type = TAR_FIFO;
        return tar_output_header(writer->output, header, err);
    }
}

int tar_member_add(struct tar_member_writer *writer,
                   const struct tree_node *node, const struct stat *st,
                   struct ch_error *err)
{
    struct tar_header header = header_of(writer, node->path, st);

    if (find_link(writer, node, st, &header.target, err) < 0)
        return -1;
    writer->stats.entries++;
    if (!header.target)
        return add_new(writer, node, st, &header, err);
    header.type = TAR_HARDLINK;
    return tar_output_header(writer->output, &header, err);
}

int tar_member_add_directory(struct tar_member_writer *writer, int fd,
                             const char *path, const struct stat *st,
                             struct ch_error *err)
{
    CLEANUP_XATTRS struct xattr_list xattrs = {0};
    struct tar_header header = header_of(writer, path, st);

    header.type = TAR_DIRECTORY;
    if (read_xattrs(writer, &xattrs, fd, &header, err) < 0)
        return -1;
    writer->stats.entries++;
    return tar_output_header(writer->output, &header, err);
}

int tar_member_add_empty(struct tar_member_writer *writer, enum tar_type type,
                         const char *name, mode_t mode, struct ch_error *err)
{
    const struct tar_header header = {
        .type = type,
        .name = name,
        .mode = mode,
    };

    writer->stats.entries++;
    return tar_output_header(writer->output, &header, err);
}
