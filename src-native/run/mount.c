#include "config.h"

#include "run/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/file.h"
#include "core/path.h"
#include "run/mount_tree.h"
#include "run/mountinfo.h"

/* "/proc/self/fd/" and a descriptor. */
#define FD_PATH_SIZE 32
#define FDINFO_SIZE  4096

/* How often a name is looked up again: once has been enough in every test. */
#define LOOKUPS 10

int mount_on_fd(const char *source, int target_fd, const char *type,
                unsigned long flags, const char *data)
{
    char target[FD_PATH_SIZE];

    snprintf(target, sizeof(target), "/proc/self/fd/%d", target_fd);
    return mount(source, target, type, flags, data);
}

int mount_on_path(const char *source, int root_fd, const char *path,
                  int target_fd, const char *type, unsigned long flags,
                  const char *data)
{
    int status = mount_on_fd(source, target_fd, type, flags, data);

    for (int i = 0; i < LOOKUPS && status < 0 && errno == ENOENT; i++) {
        CLEANUP_CLOSE int fd = path_open_in_root(root_fd, path, O_PATH, 0);

        if (fd < 0)
            return -1;
        status = mount_on_fd(source, fd, type, flags, data);
    }
    return status;
}

int unmount_fd(int fd)
{
    char target[FD_PATH_SIZE];

    snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
    return umount2(target, MNT_DETACH);
}

int mount_restrict(int root_fd, const char *path, unsigned long flags,
                   struct ch_error *err)
{
    CLEANUP_CLOSE int fd = path_open_in_root(root_fd, path, O_PATH, 0);

    if (fd < 0)
        return ch_error_set(err, errno, "cannot examine mount \"%s\"", path);
    return mount_tree_restrict(fd, path, flags, err);
}

int mount_make_read_only(int root_fd, const char *path, struct ch_error *err)
{
    return mount_restrict(root_fd, path, MS_RDONLY, err);
}

/* statx(2) tells it, too, but only since Linux 5.8. */
long mount_number(int fd)
{
    static const char FIELD[] = "\nmnt_id:";
    char path[FD_PATH_SIZE + sizeof("info")];
    CLEANUP_FREE char *text = NULL;
    const char *field;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    text = file_read_path(path, FDINFO_SIZE);
    field = text ? strstr(text, FIELD) : NULL;
    return field ? strtol(field + strlen(FIELD), NULL, 10) : -1;
}

bool mount_is_same(int fd, int other_fd)
{
    long id = mount_number(fd);

    return id >= 0 && id == mount_number(other_fd);
}

char *mount_type(int fd)
{
    CLEANUP_FREE char *text = mountinfo_read();
    long id = mount_number(fd);
    char *next = text;
    struct mountinfo line;

    while (mountinfo_next(&next, &line))
        if (line.id == id)
            return strdup(line.type);
    return NULL;
}
