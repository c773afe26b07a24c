#include "config.h"

#include "overlay.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "scratch.h"
#include "tree_listing.h"

#define STATUS_UNSUPPORTED 3

static int write_map(const char *path, const char *format, unsigned id)
{
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    char text[64];
    int length = snprintf(text, sizeof(text), format, id);

    return fd >= 0 && write(fd, text, (size_t)length) == length ? 0 : -1;
}

/* Become root of a user namespace with mounts of its own. */
static int enter_namespaces(void)
{
    unsigned uid = getuid(), gid = getgid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
        write_map("/proc/self/uid_map", "0 %u 1", uid) < 0 ||
        write_map("/proc/self/setgroups", "deny", 0) < 0 ||
        write_map("/proc/self/gid_map", "0 %u 1", gid) < 0)
        return -1;
    return 0;
}

/* overlayfs wants two layers at least. */
static int mount_layers(const char *const *layers)
{
    CLEANUP_BUFFER struct buffer options = {0};

    if (buffer_printf(&options, "userxattr,lowerdir=") < 0)
        return -1;
    for (; *layers; layers++)
        if (buffer_printf(&options, "%s:", *layers) < 0)
            return -1;
    if (buffer_printf(&options, "nothing") < 0)
        return -1;
    return mount("overlay", "merged", "overlay", 0, options.data);
}

static _Noreturn void list_in_child(const char *const *layers)
{
    CLEANUP_BUFFER struct buffer listing = {0};

    if (enter_namespaces() < 0 || mount_layers(layers) < 0)
        _exit(STATUS_UNSUPPORTED);
    list_tree("merged", &listing);
    make_bytes("merged.list", listing.data, listing.length);
    _exit(0);
}

int list_overlay(const char *const *layers, struct buffer *listing)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    pid_t child;
    int status;

    (void)mkdir("merged", 0755); /* they may be there */
    (void)mkdir("nothing", 0755);
    child = fork();
    if (child < 0)
        give_up("start", "child");
    if (child == 0)
        list_in_child(layers);
    if (waitpid(child, &status, 0) != child)
        give_up("wait for", "child");
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_UNSUPPORTED)
        return -1;
    text = status ? NULL : read_text("merged.list", &length);
    if (!text || buffer_append(listing, text, length) < 0)
        give_up("list", "merged");
    return 0;
}
