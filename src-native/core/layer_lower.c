#include "config.h"

#include "layer_lower.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "whiteout.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int layer_lower_open_all(struct layer_lower *lower, const char *const *paths,
                         struct ch_error *err)
{
    size_t count = 0;

    while (paths && paths[count])
        count++;
    lower->fds = calloc(count + 1, sizeof(*lower->fds));
    if (!lower->fds)
        return ch_error_set(err, ENOMEM, "cannot open layers");
    for (; lower->count < count; lower->count++) {
        const char *path = paths[lower->count];
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
            return ch_error_set(err, errno, "cannot open \"%s\"", path);
        lower->fds[lower->count] = fd;
    }
    return 0;
}

/* Go from `fd`, which is closed, to the entry of the `length` bytes at `name`.
   Returns a descriptor or -1 with errno set. */
static int descend(int fd, const char *name, size_t length)
{
    CLEANUP_CLOSE int from = fd;
    CLEANUP_FREE char *copy = strndup(name, length);

    if (!copy)
        return -1;
    return openat(from, copy, OPEN_DIRECTORY);
}

int layer_open(int root_fd, const char *path, bool *hiding)
{
    int fd = openat(root_fd, ".", OPEN_DIRECTORY);

    *hiding = false;
    while (fd >= 0 && *path) {
        size_t length = strcspn(path, "/");

        fd = descend(fd, path, length);
        if (fd < 0)
            *hiding |= errno != ENOENT;
        else
            *hiding |= directory_is_opaque(fd);
        path += length;
        path += *path == '/';
    }
    return fd;
}

int layer_lower_open(const struct layer_lower *lower, const char *path)
{
    bool hidden = false;
    size_t i;

    for (i = 0; i < lower->count && !hidden; i++) {
        int fd = layer_open(lower->fds[i], path, &hidden);

        if (fd >= 0)
            return fd;
    }
    errno = ENOENT;
    return -1;
}

bool layer_lower_shows(const struct layer_lower *lower, const char *path,
                       const char *name)
{
    bool hidden = false;
    size_t i;

    for (i = 0; i < lower->count && !hidden; i++) {
        CLEANUP_CLOSE int fd = layer_open(lower->fds[i], path, &hidden);
        struct stat st;

        if (fd >= 0 && !fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
            return !is_whiteout(&st);
    }
    return false;
}

void layer_lower_release(struct layer_lower *lower)
{
    while (lower->count)
        (void)close(lower->fds[--lower->count]); /* opened for reading only */
    free(lower->fds);
    *lower = (struct layer_lower){0};
}
