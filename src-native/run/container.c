#include "config.h"

#include "run/container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"

/* "/proc/", a number, "/ns/" and a short name. */
#define PATH_SIZE 40

int container_learn(struct container *container, int user_fd, int mount_fd)
{
    struct stat user, mount;

    if (fstat(user_fd, &user) < 0 || fstat(mount_fd, &mount) < 0)
        return -1;
    container_release(container);
    container->user_fd = user_fd;
    container->mount_fd = mount_fd;
    container->user = user.st_ino;
    container->mount = mount.st_ino;
    return 0;
}

bool container_is_known(const struct container *container)
{
    return container->user_fd >= 0;
}

void container_add(struct container *container, pid_t pid)
{
    container->members[container->next++ % CONTAINER_MEMBERS] = pid;
}

/* A namespace of a process, if it is that one. */
static int open_namespace(pid_t pid, const char *name, ino_t number)
{
    char path[PATH_SIZE];
    CLEANUP_CLOSE int fd = -1;
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%ld/ns/%s", (long)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != number)
        return -1;
    return take_fd(&fd);
}

/* The number of the user namespace is nobody else's, since we hold it. That of
   the mount namespace might be another's by now, but not one's with that user
   namespace. */
static bool hold_of(struct container *container, pid_t pid)
{
    CLEANUP_CLOSE int user_fd = -1;

    if (pid <= 0)
        return false;
    user_fd = open_namespace(pid, "user", container->user);
    if (user_fd >= 0)
        container->mount_fd = open_namespace(pid, "mnt", container->mount);
    return container->mount_fd >= 0;
}

/* Daemons, whose parents are gone. */
static bool hold_of_any(struct container *container)
{
    CLEANUP_CLOSEDIR DIR *dir = opendir("/proc");
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10); /* or 0 */

        if (!hold_of(container, pid))
            continue;
        container_add(container, pid);
        return true;
    }
    return false;
}

int container_hold(struct container *container)
{
    if (!container_is_known(container))
        return -1;
    for (size_t i = 0; i < CONTAINER_MEMBERS; i++)
        if (container->mount_fd >= 0 ||
            hold_of(container, container->members[i]))
            return 0;
    return hold_of_any(container) ? 0 : -1;
}

void container_let_go(struct container *container)
{
    cleanup_close(&container->mount_fd);
    container->mount_fd = -1;
}

void container_release(struct container *container)
{
    container_let_go(container);
    cleanup_close(&container->user_fd);
    container->user_fd = -1;
}
