#include "config.h"

#include "checkns/check.h"

#include <errno.h>
#include <stddef.h>

#include "checkns/fuse.h"
#include "checkns/mount.h"
#include "checkns/namespace.h"
#include "checkns/overlay.h"
#include "checkns/seccomp.h"

#define LOST_FUSE "SquashFS images are unpacked before they run"

const struct check CHECKS[CHECK_COUNT] = {
    [CHECK_PROC] = {"/proc file system", check_proc, CHECK_NONE, NULL},
    [CHECK_NO_NEW_PRIVS] = {"no_new_privs", check_no_new_privs, CHECK_NONE,
                            NULL},
    [CHECK_USER_NAMESPACE] = {"user namespace", check_user_namespace,
                              CHECK_PROC, NULL},
    [CHECK_ID_MAPS] = {"user and group id maps", check_id_maps,
                       CHECK_USER_NAMESPACE, NULL},
    [CHECK_MOUNT_NAMESPACE] = {"mount namespace", check_mount_namespace,
                               CHECK_ID_MAPS, NULL},
    [CHECK_TMPFS] = {"tmpfs", check_tmpfs, CHECK_MOUNT_NAMESPACE, NULL},
    [CHECK_BIND] = {"bind mount", check_bind, CHECK_TMPFS, NULL},
    [CHECK_READ_ONLY] = {"read-only bind mount", check_read_only, CHECK_BIND,
                         NULL},
    [CHECK_PIVOT_ROOT] = {"pivot_root", check_pivot_root, CHECK_BIND, NULL},
    [CHECK_NESTED] = {"nested user namespace", check_nested,
                      CHECK_MOUNT_NAMESPACE, NULL},
    [CHECK_OVERLAY] = {"overlayfs", check_overlay, CHECK_TMPFS,
                       "no ch-run --write-fake and --home, and no bind to a "
                       "path that the image lacks"},
    [CHECK_OVERLAY_USERXATTR] = {"overlayfs with userxattr",
                                 check_overlay_userxattr, CHECK_OVERLAY,
                                 "with ch-run --write-fake, a directory of "
                                 "the image cannot be removed and made again"},
    [CHECK_TMPFS_XATTR] = {"tmpfs extended attributes", check_tmpfs_xattr,
                           CHECK_TMPFS,
                           "with ch-run --write-fake, files cannot be given "
                           "user extended attributes"},
    [CHECK_FUSE_DEVICE] = {"/dev/fuse", check_fuse_device,
                           CHECK_MOUNT_NAMESPACE, LOST_FUSE},
    [CHECK_FUSE_MOUNT] = {"FUSE mount", check_fuse_mount, CHECK_FUSE_DEVICE,
                          LOST_FUSE},
    [CHECK_SECCOMP] = {"system call filters", check_seccomp, CHECK_NO_NEW_PRIVS,
                       "no root emulation in image builds"},
};

int failure_set(struct failure *failure, const struct step *step)
{
    *failure = (struct failure){.step = step, .errnum = errno};
    return -1;
}
