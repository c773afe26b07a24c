#include "config.h"

#include "tree_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cleanup.h"
#include "path.h"
#include "tree_delete.h"
#include "tree_implied.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot write \"%s\"", *path ? path : ".");
}

void tree_writer_init(struct tree_writer *writer, int root_fd)
{
    *writer = (struct tree_writer){.root_fd = root_fd, .parent_fd = -1};
}

static void forget_parent(struct tree_writer *writer)
{
    cleanup_close(&writer->parent_fd);
    writer->parent_fd = -1;
    free(writer->parent_path);
    writer->parent_path = NULL;
    writer->parent_stale = false;
}

void tree_writer_release(struct tree_writer *writer)
{
    forget_parent(writer);
    directory_list_release(&writer->directories);
}

/* Delete what is in the way of a new entry. */
static int clear_place(struct tree_writer *writer, int dir_fd, const char *base,
                       struct ch_error *err)
{
    writer->parent_stale = true;
    return tree_delete(dir_fd, base, err);
}

/* Whether an entry that is there is this archive's. */
static bool is_own(const struct tree_writer *writer, int dir_fd,
                   const char *base)
{
    enum name_kind kind = NAME_OTHER;

    if (writer->own)
        kind = entry_set_find(writer->own, dir_fd, base);
    return kind == NAME_DIRECTORY || kind == NAME_OTHER;
}

static int make_own(struct tree_writer *writer, int dir_fd, const char *base,
                    enum name_kind kind, const char *path, struct ch_error *err)
{
    if (writer->own && entry_set_put(writer->own, dir_fd, base, kind) < 0)
        return failure(path, err);
    return 0;
}

/* --- directories --- */

/* Whether opening a directory failed for what its name leads to: nothing, or
   something else. No other failure is a reason to put a directory there. */
static bool is_no_directory(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

/* Make the directory `base` in place of whatever is there, and open it. */
static int replace_by_directory(struct tree_writer *writer, int dir_fd,
                                const char *base, const char *path,
                                struct ch_error *err)
{
    bool replaces = mkdirat(dir_fd, base, 0700) < 0;
    CLEANUP_CLOSE int fd = -1;

    if (replaces && errno != EEXIST)
        return failure(path, err);
    if (replaces && clear_place(writer, dir_fd, base, err) < 0)
        return -1;
    if (replaces && mkdirat(dir_fd, base, 0700) < 0)
        return failure(path, err);
    if (make_own(writer, dir_fd, base, NAME_DIRECTORY, path, err) < 0)
        return -1;
    fd = openat(dir_fd, base, OPEN_DIRECTORY | O_NOFOLLOW);
    if (fd < 0 || (replaces && tree_implied_hide(writer, fd) < 0))
        return failure(path, err);
    return take_fd(&fd);
}

/* Open the directory that a symlink, this archive's own, leads to. */
static int open_beyond(const struct tree_writer *writer, int dir_fd,
                       const char *base, const char *path, int flags)
{
    if (is_own(writer, dir_fd, base))
        return path_open_in_root(writer->root_fd, path, flags, 0);
    errno = ENOTDIR;
    return -1;
}

/* Open the directory `path`, whose last component is `base` in `dir_fd`; make
   it if there is none and no symlink to one. */
static int open_or_make_one(struct tree_writer *writer, int dir_fd,
                            const char *base, const char *path,
                            struct ch_error *err)
{
    CLEANUP_CLOSE int fd = openat(dir_fd, base, OPEN_DIRECTORY | O_NOFOLLOW);

    if (fd >= 0 && !is_own(writer, dir_fd, base) &&
        tree_implied_keep(writer, dir_fd, base, fd, path, err) < 0)
        return -1;
    /* Only a symlink needs the way from the root, which may be long. */
    if (fd < 0 && errno != ENOENT)
        fd = open_beyond(writer, dir_fd, base, path, OPEN_DIRECTORY);
    if (fd >= 0)
        return take_fd(&fd);
    if (!is_no_directory(errno))
        return failure(path, err);
    fd = replace_by_directory(writer, dir_fd, base, path, err);
    if (fd < 0 || tree_implied_describe(writer, fd, path, err) < 0)
        return -1;
    return take_fd(&fd);
}

/* Open the directory `path` below the root, making it and what is missing
   above it. Returns a descriptor or -1. */
static int open_or_make(struct tree_writer *writer, const char *path,
                        struct ch_error *err)
{
    CLEANUP_FREE char *prefix = strdup(path);
    CLEANUP_CLOSE int dir_fd =
        path_open_in_root(writer->root_fd, ".", OPEN_DIRECTORY, 0);
    char *base = prefix;

    if (!prefix || dir_fd < 0)
        return failure(path, err);
    for (;;) {
        char *end = strchrnul(base, '/');
        bool last = *end == '\0';
        int fd;

        *end = '\0';
        fd = open_or_make_one(writer, dir_fd, base, prefix, err);
        if (fd < 0 || last)
            return fd;
        (void)close(dir_fd); /* opened for reading only */
        dir_fd = fd;
        *end = '/';
        base = end + 1;
    }
}

int tree_writer_parent(struct tree_writer *writer, const char *path,
                       const char **base, struct ch_error *err)
{
    CLEANUP_FREE char *parent = NULL;
    const char *slash = strrchr(path, '/');

    *base = slash ? slash + 1 : path;
    parent = strndup(path, slash ? (size_t)(slash - path) : 0);
    if (!parent)
        return failure(path, err);
    if (!writer->parent_stale && writer->parent_path &&
        !strcmp(parent, writer->parent_path))
        return writer->parent_fd;

    forget_parent(writer);
    errno = ENOENT;
    /* The short way follows anybody's symlinks. */
    if (!writer->own || !*parent)
        writer->parent_fd = path_open_in_root(
            writer->root_fd, *parent ? parent : ".", OPEN_DIRECTORY, 0);
    if (writer->parent_fd < 0 && !is_no_directory(errno))
        return failure(path, err);
    if (writer->parent_fd < 0)
        writer->parent_fd = open_or_make(writer, parent, err);
    writer->parent_stale = false;
    if (writer->parent_fd >= 0)
        writer->parent_path = take_ptr(parent);
    return writer->parent_fd;
}

/* --- members --- */

/* Set the attributes of a new directory, as far as writing into it will not
   change them, and remember the others. */
static int describe_directory(struct tree_writer *writer, int fd,
                              const struct member *member, struct ch_error *err)
{
    if (tree_implied_forget(writer, fd, member->name, err) < 0 ||
        xattrs_apply(&member->xattrs, fd, member->name, err) < 0)
        return -1;
    if (directory_list_add(&writer->directories, member->name, fd, member->mode,
                           member->mtime) < 0)
        return failure(member->name, err);
    return 0;
}

static int make_root(struct tree_writer *writer, const struct member *member,
                     struct ch_error *err)
{
    CLEANUP_CLOSE int fd = openat(writer->root_fd, ".", OPEN_DIRECTORY);

    if (fd < 0)
        return failure(member->name, err);
    return describe_directory(writer, fd, member, err);
}

/* Open the directory that shall be at `base`. Returns a descriptor, -1, or -2
   where a symlink leads to a directory, which is left alone. */
static int open_member(struct tree_writer *writer, const struct member *member,
                       int dir_fd, const char *base, struct ch_error *err)
{
    CLEANUP_CLOSE int beyond = -1;
    int fd;

    if (mkdirat(dir_fd, base, 0700) < 0 && errno != EEXIST)
        return failure(member->name, err);
    fd = openat(dir_fd, base, OPEN_DIRECTORY | O_NOFOLLOW);
    if (fd >= 0)
        return fd;
    if (is_no_directory(errno))
        beyond = open_beyond(writer, dir_fd, base, member->name,
                             O_PATH | O_DIRECTORY);
    if (beyond >= 0)
        return -2;
    if (!is_no_directory(errno))
        return failure(member->name, err);
    return replace_by_directory(writer, dir_fd, base, member->name, err);
}

static int make_directory(struct tree_writer *writer,
                          const struct member *member, int dir_fd,
                          const char *base, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = open_member(writer, member, dir_fd, base, err);

    if (fd == -2)
        return 0;
    if (fd < 0)
        return -1;
    return describe_directory(writer, fd, member, err);
}

static bool is_same_file(int left_fd, const char *left, int right_fd,
                         const char *right)
{
    struct stat l, r;

    return !fstatat(left_fd, left, &l, AT_SYMLINK_NOFOLLOW) &&
           !fstatat(right_fd, right, &r, AT_SYMLINK_NOFOLLOW) &&
           l.st_dev == r.st_dev && l.st_ino == r.st_ino;
}

static int link_failure(const struct member *member, struct ch_error *err)
{
    ch_error_set(err, errno, "cannot write \"%s\" as a hard link to \"%s\"",
                 member->name, member->target);
    if (err->errnum == ENOENT)
        ch_error_hint(err, "the archive does not hold the link's target, or "
                           "only behind the link");
    return -1;
}

static int make_hardlink(struct tree_writer *writer,
                         const struct member *member, int dir_fd,
                         const char *base, struct ch_error *err)
{
    const char *slash = strrchr(member->target, '/');
    const char *target = slash ? slash + 1 : member->target;
    CLEANUP_FREE char *parent =
        slash ? strndup(member->target, (size_t)(slash - member->target))
              : strdup(".");
    CLEANUP_CLOSE int target_fd = -1;

    if (!parent)
        return failure(member->name, err);
    target_fd =
        path_open_in_root(writer->root_fd, parent, O_PATH | O_DIRECTORY, 0);
    if (target_fd < 0)
        return link_failure(member, err);
    /* Without AT_SYMLINK_FOLLOW a symlink is linked itself. */
    if (!linkat(target_fd, target, dir_fd, base, 0))
        return 0;
    if (errno != EEXIST)
        return link_failure(member, err);
    if (is_same_file(target_fd, target, dir_fd, base))
        return 0;
    if (clear_place(writer, dir_fd, base, err) < 0)
        return -1;
    if (linkat(target_fd, target, dir_fd, base, 0) < 0)
        return link_failure(member, err);
    return 0;
}

/* Make a symlink or a FIFO; returns 0 or -1 with errno set. */
static int make_node(const struct member *member, int dir_fd, const char *base)
{
    if (member->kind == MEMBER_SYMLINK)
        return symlinkat(member->target, dir_fd, base);
    if (mkfifoat(dir_fd, base, 0600) < 0)
        return -1;
    return fchmodat(dir_fd, base, member->mode, 0); /* umask or not */
}

static int make_special(struct tree_writer *writer, const struct member *member,
                        int dir_fd, const char *base, struct ch_error *err)
{
    const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, member->mtime};

    if (make_node(member, dir_fd, base) < 0) {
        if (errno != EEXIST)
            return failure(member->name, err);
        if (clear_place(writer, dir_fd, base, err) < 0)
            return -1;
        if (make_node(member, dir_fd, base) < 0)
            return failure(member->name, err);
    }
    if (utimensat(dir_fd, base, times, AT_SYMLINK_NOFOLLOW) < 0)
        return failure(member->name, err);
    return 0;
}

static int make_one(struct tree_writer *writer, const struct member *member,
                    int dir_fd, const char *base, struct ch_error *err)
{
    switch (member->kind) {
    case MEMBER_DIRECTORY:
        return make_directory(writer, member, dir_fd, base, err);
    case MEMBER_HARDLINK:
        return make_hardlink(writer, member, dir_fd, base, err);
    default:
        return make_special(writer, member, dir_fd, base, err);
    }
}

int tree_writer_make(struct tree_writer *writer, const struct member *member,
                     struct ch_error *err)
{
    bool directory = member->kind == MEMBER_DIRECTORY;
    const char *base;
    int dir_fd;

    if (!*member->name)
        return make_root(writer, member, err);
    dir_fd = tree_writer_parent(writer, member->name, &base, err);
    if (dir_fd < 0 || make_one(writer, member, dir_fd, base, err) < 0)
        return -1;
    return make_own(writer, dir_fd, base,
                    directory ? NAME_DIRECTORY : NAME_OTHER, member->name, err);
}

int tree_writer_make_file(struct tree_writer *writer,
                          const struct member *member, struct ch_error *err)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const char *base;
    int dir_fd = tree_writer_parent(writer, member->name, &base, err);
    CLEANUP_CLOSE int fd = -1;

    if (dir_fd < 0)
        return -1;
    fd = openat(dir_fd, base, flags, 0600);
    if (fd < 0 && errno == EEXIST) {
        if (clear_place(writer, dir_fd, base, err) < 0)
            return -1;
        fd = openat(dir_fd, base, flags, 0600);
    }
    if (fd < 0)
        return failure(member->name, err);
    if (make_own(writer, dir_fd, base, NAME_OTHER, member->name, err) < 0)
        return -1;
    return take_fd(&fd);
}

int tree_writer_finish_file(int fd, const struct member *member,
                            struct ch_error *err)
{
    const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, member->mtime};

    if (xattrs_apply(&member->xattrs, fd, member->name, err) < 0)
        return -1;
    if (fchmod(fd, member->mode) < 0 || futimens(fd, times) < 0)
        return failure(member->name, err);
    return 0;
}

int tree_writer_finish(struct tree_writer *writer, struct ch_error *err)
{
    return directory_list_apply(&writer->directories, writer->root_fd, err);
}
