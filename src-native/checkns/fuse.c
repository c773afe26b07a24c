#include "config.h"

#include "checkns/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "checkns/mount.h"
#include "checkns/namespace.h"
#include "core/cleanup.h"

#define FUSE_DEVICE "/dev/fuse"
/* Longest: the text below with a descriptor of 10 digits. */
#define OPTIONS_SIZE 80

static const struct step OPEN_DEVICE = {"open(\"" FUSE_DEVICE "\")",
                                        CAUSES_FUSE_DEVICE};
static const struct step MOUNT_FUSE = {"mount(type fuse)", CAUSES_FUSE_MOUNT};

/* The device belongs to the user namespace that opens it, so it is opened
   inside. Returns it, or -1. */
static int open_device(struct failure *failure)
{
    int fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);

    return fd < 0 ? failure_set(failure, &OPEN_DEVICE) : fd;
}

int check_fuse_device(struct failure *failure)
{
    CLEANUP_CLOSE int fd = -1;

    if (check_mount_namespace(failure) < 0)
        return -1;
    fd = open_device(failure);
    return fd < 0 ? -1 : 0;
}

/* mount(2) does not wait for a server: nobody answers here, and nobody asks.
   The mount ends when its only descriptor is closed. */
int check_fuse_mount(struct failure *failure)
{
    CLEANUP_CLOSE int fd = -1;
    char options[OPTIONS_SIZE];

    if (check_tmpfs(failure) < 0 || make_directory("image", failure) < 0)
        return -1;
    fd = open_device(failure);
    if (fd < 0)
        return -1;
    (void)snprintf(options, sizeof(options),
                   "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    if (mount("none", "image", "fuse", MS_NOSUID | MS_NODEV | MS_RDONLY,
              options) < 0)
        return failure_set(failure, &MOUNT_FUSE);
    return 0;
}
