#include "config.h"

#include "checkns/mount.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "checkns/namespace.h"

static const struct step MOUNT_TMPFS = {"mount(type tmpfs)", CAUSES_TMPFS};
static const struct step ENTER_TMPFS = {"chdir to a tmpfs", NULL};
static const struct step MAKE_DIRECTORY = {"mkdir on tmpfs", NULL};
static const struct step BIND = {"mount(MS_BIND | MS_REC)", CAUSES_MOUNT};
static const struct step REMOUNT = {"mount(MS_REMOUNT | MS_BIND | MS_RDONLY)",
                                    CAUSES_CAPABILITY};
static const struct step WRITE_ANYWAY = {
    "mkdir below a read-only mount, which should have failed", NULL};
static const struct step PIVOT_ROOT = {"pivot_root", CAUSES_PIVOT_ROOT};
static const struct step UNMOUNT = {"umount2(MNT_DETACH)", CAUSES_CAPABILITY};

/* Any directory will do as a mount point, since nobody else sees the mount.
   /proc is the one that certainly exists; the id maps, which need it, are
   written by now. */
int check_tmpfs(struct failure *failure)
{
    if (check_mount_namespace(failure) < 0)
        return -1;
    if (mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") < 0)
        return failure_set(failure, &MOUNT_TMPFS);
    if (chdir("/proc") < 0)
        return failure_set(failure, &ENTER_TMPFS);
    return 0;
}

int make_directory(const char *path, struct failure *failure)
{
    if (mkdir(path, 0755) < 0)
        return failure_set(failure, &MAKE_DIRECTORY);
    return 0;
}

static int bind_mount(const char *source, const char *target,
                      struct failure *failure)
{
    if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0)
        return failure_set(failure, &BIND);
    return 0;
}

/* The host's whole tree: it has the locked mounts and the odd file systems
   that a tree of our own would not have. */
int check_bind(struct failure *failure)
{
    if (check_tmpfs(failure) < 0 || make_directory("host", failure) < 0)
        return -1;
    return bind_mount("/", "host", failure);
}

/* MS_RDONLY counts only when a bind mount is changed, not when it is made. */
int check_read_only(struct failure *failure)
{
    if (check_tmpfs(failure) < 0 || make_directory("image", failure) < 0 ||
        bind_mount("image", "image", failure) < 0)
        return -1;
    if (mount(NULL, "image", NULL,
              MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
              NULL) < 0)
        return failure_set(failure, &REMOUNT);
    if (mkdir("image/new", 0755) == 0 || errno != EROFS)
        return failure_set(failure, &WRITE_ANYWAY);
    return 0;
}

/* With "." for both, the old root lands on top of the new one, and is what
   umount2() finds there: no directory is needed for it. */
int check_pivot_root(struct failure *failure)
{
    if (check_tmpfs(failure) < 0 || make_directory("image", failure) < 0 ||
        bind_mount("image", "image", failure) < 0 || chdir("image") < 0)
        return failure->step ? -1 : failure_set(failure, &ENTER_TMPFS);
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return failure_set(failure, &PIVOT_ROOT);
    if (umount2(".", MNT_DETACH) < 0)
        return failure_set(failure, &UNMOUNT);
    return 0;
}
