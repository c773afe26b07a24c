#include "config.h"

#include "checkns/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "checkns/mount.h"

#define LAYERS           "lowerdir=lower,upperdir=upper,workdir=work"
#define LAYERS_USERXATTR LAYERS ",userxattr"

static const struct cause CAUSES_XATTR[] = {
    {.text = "tmpfs has no user extended attributes in this kernel",
     .remedy = "the administrator can fix it: install Linux 6.6 or newer, "
               "built with CONFIG_TMPFS_XATTR=y"},
    CAUSE_NEXT(NULL),
};

static const struct step MOUNT_OVERLAY = {"mount(type overlay)",
                                          CAUSES_OVERLAY};
static const struct step MOUNT_USERXATTR = {
    "mount(type overlay, option userxattr)", CAUSES_OVERLAY};
static const struct step WRITE_OVERLAY = {"open(O_CREAT) on overlayfs",
                                          CAUSES_OVERLAY};
static const struct step REMAKE_DIRECTORY = {"rmdir and mkdir on overlayfs",
                                             CAUSES_XATTR};
static const struct step SET_XATTR = {"setxattr on tmpfs", CAUSES_XATTR};

/* Lower layer: a directory "directory". */
static int mount_overlay(const char *options, const struct step *step,
                         struct failure *failure)
{
    static const char *const DIRECTORIES[] = {"lower", "lower/directory",
                                              "upper", "work", "merged"};

    if (check_tmpfs(failure) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(DIRECTORIES) / sizeof(DIRECTORIES[0]); i++)
        if (make_directory(DIRECTORIES[i], failure) < 0)
            return -1;
    if (mount("none", "merged", "overlay", 0, options) < 0)
        return failure_set(failure, step);
    return 0;
}

static int create_file(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

    return fd < 0 ? -1 : close(fd);
}

int check_overlay(struct failure *failure)
{
    if (mount_overlay(LAYERS, &MOUNT_OVERLAY, failure) < 0)
        return -1;
    if (create_file("merged/directory/file") < 0)
        return failure_set(failure, &WRITE_OVERLAY);
    return 0;
}

/* A directory that hides one of the same name below it is marked by an
   extended attribute: trusted.*, which no user namespace may write, or with
   userxattr user.*, which tmpfs must be able to keep. */
int check_overlay_userxattr(struct failure *failure)
{
    if (mount_overlay(LAYERS_USERXATTR, &MOUNT_USERXATTR, failure) < 0)
        return -1;
    if (rmdir("merged/directory") < 0 || mkdir("merged/directory", 0755) < 0)
        return failure_set(failure, &REMAKE_DIRECTORY);
    return 0;
}

int check_tmpfs_xattr(struct failure *failure)
{
    if (check_tmpfs(failure) < 0)
        return -1;
    if (setxattr(".", "user.charliecloud", "1", 1, 0) < 0)
        return failure_set(failure, &SET_XATTR);
    return 0;
}
