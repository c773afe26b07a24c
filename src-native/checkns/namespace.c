#include "config.h"

#include "checkns/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/cleanup.h"

#ifndef PROC_SUPER_MAGIC
#define PROC_SUPER_MAGIC 0x9fa0
#endif

/* Longest: three decimal numbers of 64 bits, two blanks, NUL. */
#define MAP_SIZE 64

static const struct step STATFS_PROC = {"statfs(\"/proc\")", CAUSES_PROC};
static const struct step NO_NEW_PRIVS = {"prctl(PR_SET_NO_NEW_PRIVS)",
                                         CAUSES_UNPRIVILEGED};
static const struct step UNSHARE_USER = {"unshare(CLONE_NEWUSER)",
                                         CAUSES_USER_NAMESPACE};
static const struct step WRITE_SETGROUPS = {"write to /proc/self/setgroups",
                                            CAUSES_ID_MAP};
static const struct step WRITE_UID_MAP = {"write to /proc/self/uid_map",
                                          CAUSES_ID_MAP};
static const struct step WRITE_GID_MAP = {"write to /proc/self/gid_map",
                                          CAUSES_ID_MAP};
static const struct step UNSHARE_MOUNT = {"unshare(CLONE_NEWNS)",
                                          CAUSES_MOUNT_NAMESPACE};
static const struct step MAKE_PRIVATE = {"mount(\"/\", MS_REC | MS_PRIVATE)",
                                         CAUSES_MOUNT};

int check_proc(struct failure *failure)
{
    struct statfs status;

    if (statfs("/proc", &status) < 0)
        return failure_set(failure, &STATFS_PROC);
    errno = 0;
    if (status.f_type != PROC_SUPER_MAGIC)
        return failure_set(failure, &STATFS_PROC);
    return 0;
}

int check_no_new_privs(struct failure *failure)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failure_set(failure, &NO_NEW_PRIVS);
    return 0;
}

int check_user_namespace(struct failure *failure)
{
    if (unshare(CLONE_NEWUSER) < 0)
        return failure_set(failure, &UNSHARE_USER);
    return 0;
}

static int write_file(const char *path, const char *text)
{
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t length = strlen(text);

    return fd >= 0 && write(fd, text, length) == (ssize_t)length ? 0 : -1;
}

/* The kernel takes one map a namespace, of one line with our own id unless we
   are privileged outside, and gid_map only after setgroups(2) is given up. */
static int enter_mapped(unsigned uid, unsigned gid, struct failure *failure)
{
    unsigned outer_uid = geteuid();
    unsigned outer_gid = getegid();
    char map[MAP_SIZE];

    if (check_user_namespace(failure) < 0)
        return -1;
    (void)snprintf(map, sizeof(map), "%u %u 1\n", uid, outer_uid);
    if (write_file("/proc/self/uid_map", map) < 0)
        return failure_set(failure, &WRITE_UID_MAP);
    if (write_file("/proc/self/setgroups", "deny") < 0)
        return failure_set(failure, &WRITE_SETGROUPS);
    (void)snprintf(map, sizeof(map), "%u %u 1\n", gid, outer_gid);
    if (write_file("/proc/self/gid_map", map) < 0)
        return failure_set(failure, &WRITE_GID_MAP);
    return 0;
}

int check_id_maps(struct failure *failure)
{
    return enter_mapped(0, 0, failure);
}

int check_mount_namespace(struct failure *failure)
{
    if (enter_mapped(0, 0, failure) < 0)
        return -1;
    if (unshare(CLONE_NEWNS) < 0)
        return failure_set(failure, &UNSHARE_MOUNT);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return failure_set(failure, &MAKE_PRIVATE);
    return 0;
}

/* As ch-run does it: root in the outer namespace for the mounts, then the
   user's ids, any ids, in the inner one. */
int check_nested(struct failure *failure)
{
    unsigned uid = geteuid();
    unsigned gid = getegid();

    if (check_mount_namespace(failure) < 0)
        return -1;
    return enter_mapped(uid, gid, failure);
}
