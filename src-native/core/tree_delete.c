#include "config.h"

#include "tree_delete.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "tree_walk.h"

/* chmod(2) of the directory itself, never of what a symlink in its place would
   lead to: fchmod(2) refuses O_PATH descriptors, and fchmodat(2) cannot but
   follow, so the way is by procfs. */
static int open_up(int dir_fd, const char *name)
{
    CLEANUP_CLOSE int fd =
        openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char magic_link[sizeof("/proc/self/fd/-2147483648")];

    if (fd < 0)
        return -1;
    (void)snprintf(magic_link, sizeof(magic_link), "/proc/self/fd/%d", fd);
    return chmod(magic_link, 0700);
}

/* Open a directory such that its entries can be listed and deleted. Returns a
   descriptor, or -1 with errno set. */
static int open_directory(int dir_fd, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(dir_fd, name, flags);
    struct stat st;

    if (fd < 0 && errno == EACCES) {
        if (open_up(dir_fd, name) < 0) {
            errno = EACCES; /* what the user must know of */
            return -1;
        }
        fd = openat(dir_fd, name, flags);
    }
    if (fd >= 0 && !fstat(fd, &st) && (st.st_mode & 0700) != 0700)
        (void)fchmod(fd, 0700); /* if it matters, deleting fails and says so */
    return fd;
}

static int failure(const char *path, struct ch_error *err)
{
    return ch_error_set(err, errno, "cannot delete \"%s\"", path);
}

static int delete_node(struct tree_walk *walk, const struct tree_node *node,
                       struct ch_error *err)
{
    int fd;

    switch (node->event) {
    case TREE_DIRECTORY:
        fd = open_directory(node->dir_fd, node->name);
        if (fd < 0)
            return errno == ENOENT ? 0 : failure(node->path, err);
        return tree_walk_enter(walk, fd, err);
    case TREE_LEAVE:
        if (unlinkat(node->dir_fd, node->name, AT_REMOVEDIR) < 0 &&
            errno != ENOENT)
            return failure(node->path, err);
        return 0;
    case TREE_OTHER:
        break;
    }
    if (unlinkat(node->dir_fd, node->name, 0) < 0 && errno != ENOENT)
        return failure(node->path, err);
    return 0;
}

/* Delete all that is in the directory `fd`, which is closed. */
static int delete_content(int fd, struct ch_error *err)
{
    CLEANUP_TREE_WALK struct tree_walk walk = {0};
    struct tree_node node;
    int status;

    if (tree_walk_start(&walk, fd, err) < 0)
        return -1;
    while ((status = tree_walk_next(&walk, &node, err)) > 0)
        if (delete_node(&walk, &node, err) < 0)
            return -1;
    return status;
}

int tree_delete(int parent_fd, const char *name, struct ch_error *err)
{
    int fd, cause;

    if (!unlinkat(parent_fd, name, 0) || errno == ENOENT)
        return 0;
    /* Linux answers EISDIR; POSIX, and some file systems, EPERM. */
    if (errno != EISDIR && errno != EPERM)
        return failure(name, err);
    cause = errno;
    fd = open_directory(parent_fd, name);
    if (fd < 0 && errno == ENOTDIR)
        errno = cause;
    if (fd < 0)
        return failure(name, err);
    if (delete_content(fd, err) < 0)
        return ch_error_wrap(err, "cannot delete \"%s\"", name);
    if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return failure(name, err);
    return 0;
}
