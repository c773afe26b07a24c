#include "config.h"

#include "checkns/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "checkns/host.h"
#include "checkns/mount.h"
#include "checkns/namespace.h"
#include "core/cleanup.h"

#define FUSE_DEVICE "/dev/fuse"
#define NO_MODULE   "the kernel has no FUSE, or its module is not loaded"
#define LOAD_MODULE "the administrator can fix it: modprobe fuse"

/* Longest: the text below with a descriptor of 10 digits. */
#define OPTIONS_SIZE 80

static const struct cause CAUSES_DEVICE[] = {
    {.errnums = {ENOENT},
     .applies = host_knows_fuse,
     .text = "there is no " FUSE_DEVICE,
     .remedy =
         "the administrator can fix it: mknod -m 666 " FUSE_DEVICE
         " c 10 229; or whoever started this container: --device " FUSE_DEVICE},
    {.errnums = {ENOENT},
     .text = "there is no " FUSE_DEVICE ", since " NO_MODULE,
     .remedy = LOAD_MODULE},
    {.errnums = {ENODEV, ENXIO}, .text = NO_MODULE, .remedy = LOAD_MODULE},
    {.errnums = {EACCES},
     .applies = host_fuse_mode_is_narrow,
     .text = FUSE_DEVICE " is not readable and writable for everybody",
     .remedy = "the administrator can fix it: chmod 666 " FUSE_DEVICE},
    {.errnums = {EACCES},
     .applies = host_fuse_is_on_nodev,
     .text = FUSE_DEVICE " is on a file system mounted with nodev",
     .remedy = "the administrator can fix it: mount -o remount,dev /dev"},
    {.errnums = {EPERM},
     .text = "a device control group keeps " FUSE_DEVICE " from this process",
     .remedy = "whoever started this container or job can fix it: "
               "--device " FUSE_DEVICE},
    CAUSE_NEXT(CAUSES_UNPRIVILEGED),
};

/* A tmpfs could be mounted before, so what is refused now is FUSE. */
static const struct cause CAUSES_FUSE_MOUNT[] = {
    {.errnums = {ENODEV}, .text = NO_MODULE, .remedy = LOAD_MODULE},
    {.errnums = {EPERM},
     .text = "the kernel forbids FUSE in user namespaces, as those before "
             "4.18 do",
     .remedy = "the administrator can fix it: install Linux 4.18 or newer"},
    {.errnums = {EINVAL},
     .text = FUSE_DEVICE " is not the FUSE device",
     .remedy =
         "the administrator can fix it: mknod -m 666 " FUSE_DEVICE " c 10 229"},
    CAUSE_NEXT(CAUSES_CAPABILITY),
};

static const struct step OPEN_DEVICE = {"open(\"" FUSE_DEVICE "\")",
                                        CAUSES_DEVICE};
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
