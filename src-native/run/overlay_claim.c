#include "config.h"

#include "run/overlay_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/path.h"

/* The last directory on the way to `path` that is there; -1: none. The path is
   cut. */
static int open_existing(int lower_fd, char *path)
{
    for (;;) {
        char *slash = strrchr(path, '/');
        int fd = path_open_in_root(lower_fd, *path ? path : "/",
                                   O_PATH | O_DIRECTORY, 0);

        if (fd >= 0 || !slash)
            return fd;
        *slash = '\0';
    }
}

static bool is_foreign(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_uid != geteuid();
}

/* The kernel's name for what a descriptor refers to; heap, NULL: none. */
static char *name_of(int fd)
{
    char link[32]; /* "/proc/self/fd/" and a descriptor */

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    return realpath(link, NULL);
}

/* The way from the image to a directory in it, without symlinks: "" or "/a/b";
   heap. NULL: it is not in it. */
static char *way_to(int lower_fd, int fd)
{
    CLEANUP_FREE char *lower = name_of(lower_fd);
    CLEANUP_FREE char *name = name_of(fd);
    size_t length = lower ? strlen(lower) : 0;

    if (!lower || !name || strncmp(name, lower, length) != 0 ||
        (name[length] && name[length] != '/'))
        return NULL;
    return strdup(name + length);
}

/* A directory like the image's, but ours. */
static int copy_directory(int lower_fd, int upper_fd, const char *path)
{
    struct stat st;

    if (fstatat(lower_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (mkdirat(upper_fd, path, 0700) < 0)
        return errno == EEXIST ? 0 : -1;
    return fchmodat(upper_fd, path, (st.st_mode & 07777) | 0700, 0);
}

/* Each directory of `way`, which is cut and mended in place. */
static int copy_directories(int lower_fd, int upper_fd, char *way)
{
    for (char *slash = way; slash; slash = strchr(slash + 1, '/')) {
        int copied;

        if (slash == way)
            continue;
        *slash = '\0';
        copied = copy_directory(lower_fd, upper_fd, way + 1);
        *slash = '/';
        if (copied < 0)
            return -1;
    }
    return *way ? copy_directory(lower_fd, upper_fd, way + 1) : 0;
}

int overlay_claim(int lower_fd, int upper_fd, const char *path,
                  struct ch_error *err)
{
    CLEANUP_FREE char *copy = strdup(path);
    CLEANUP_FREE char *way = NULL;
    CLEANUP_CLOSE int fd = copy ? open_existing(lower_fd, copy) : -1;

    if (fd < 0 || !is_foreign(fd))
        return 0;
    way = way_to(lower_fd, fd);
    if (way && copy_directories(lower_fd, upper_fd, way) < 0)
        return ch_error_set(err, errno,
                            "cannot make \"%s\" writable in the overlay", path);
    return 0;
}
