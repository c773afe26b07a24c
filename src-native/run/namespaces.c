#include "config.h"

#include "run/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "run/isolate.h"

/* One line that maps one id: "INSIDE OUTSIDE 1". */
static int map_id(const char *map, unsigned inside, unsigned outside,
                  struct ch_error *err)
{
    char line[64]; /* two 32-bit numbers and a digit */

    snprintf(line, sizeof(line), "%u %u 1\n", inside, outside);
    if (file_write(map, line) == 0)
        return 0;
    ch_error_set(err, errno, "cannot map id %u to %u in \"%s\"", outside,
                 inside, map);
    return cause_explain(CAUSES_ID_MAP, err);
}

/* A process without privilege may map its own uid, and, once it has given up
   setgroups(2) for ever, its own gid: user_namespaces(7). */
static int map_ids(uid_t inside_uid, uid_t outside_uid, gid_t inside_gid,
                   gid_t outside_gid, struct ch_error *err)
{
    if (map_id("/proc/self/uid_map", inside_uid, outside_uid, err) < 0)
        return -1;
    if (file_write("/proc/self/setgroups", "deny\n") < 0 && errno != ENOENT) {
        ch_error_set(err, errno, "cannot give up setgroups(2)");
        return cause_explain(CAUSES_ID_MAP, err);
    }
    return map_id("/proc/self/gid_map", inside_gid, outside_gid, err);
}

static void log_ids(const struct plan *plan, enum log_level level,
                    const char *who)
{
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;

    if (!log_shows(&plan->log, level))
        return;
    if (getresuid(&ruid, &euid, &suid) || getresgid(&rgid, &egid, &sgid))
        return; /* cannot fail: the addresses are ours */
    log_line(&plan->log, level, __FILE__, __LINE__, "%s: uids=%u,%u,%u", who,
             ruid, euid, suid);
    log_line(&plan->log, level, __FILE__, __LINE__,
             "%s: gids=%u,%u,%u, %d supplementary", who, rgid, egid, sgid,
             getgroups(0, NULL));
}

int namespaces_enter_outer(const struct plan *plan, struct ch_error *err)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    log_ids(plan, LOG_LEVEL_TRACE, "host ids");
    /* An ordinary process, single-threaded (the kernel's condition). Both
       namespaces in one call: the mount namespace then belongs to the user
       namespace, in which we hold every capability. */
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
        ch_error_set(err, errno, "cannot create a user namespace");
        return cause_explain(CAUSES_NAMESPACES, err);
    }
    if (map_ids(0, uid, 0, gid, err) < 0)
        return -1;
    log_ids(plan, LOG_LEVEL_TRACE, "outer namespace ids");
    return 0;
}

int namespaces_enter_inner(const struct plan *plan, struct ch_error *err)
{
    /* We are root in the outer namespace, with all mounts made. The kernel
       wants us not to be in a chroot, and pivot_root(2) was none. */
    if (unshare(CLONE_NEWUSER | isolate_flags(plan)) < 0) {
        ch_error_set(err, errno, "cannot create the inner user namespace");
        return cause_explain(
            plan->isolated ? CAUSES_ISOLATION : CAUSES_USER_NAMESPACE, err);
    }
    if (map_ids(plan->container_uid, 0, plan->container_gid, 0, err) < 0)
        return -1;
    log_ids(plan, LOG_LEVEL_DEBUG, "container ids");
    return isolate_network(plan, err);
}

static bool is_same(int fd, int other_fd)
{
    struct stat st, other;

    return fstat(fd, &st) == 0 && fstat(other_fd, &other) == 0 &&
           st.st_dev == other.st_dev && st.st_ino == other.st_ino;
}

/* The user namespace in which what is mounted there is root's. */
static int open_owner(int mount_fd, struct ch_error *err)
{
    CLEANUP_CLOSE int own_fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    CLEANUP_CLOSE int owner_fd = ioctl(mount_fd, NS_GET_USERNS);

    /* EPERM: it is not below ours. */
    if ((owner_fd < 0 && errno == EPERM) || is_same(owner_fd, own_fd))
        return ch_error_set(err, 0, "it is in no container of yours");
    if (owner_fd < 0)
        return ch_error_set(err, errno, "cannot find its user namespace");
    return take_fd(&owner_fd);
}

static int refuse_ids(const struct plan *plan, struct ch_error *err)
{
    ch_error_set(err, 0, "its user is %u:%u in the container, not %u:%u",
                 geteuid(), getegid(), plan->container_uid,
                 plan->container_gid);
    return ch_error_hint(err, "give --uid=%u --gid=%u", geteuid(), getegid());
}

static int enter(int fd, int kind, const char *what, struct ch_error *err)
{
    if (setns(fd, kind) == 0)
        return 0;
    ch_error_set(err, errno, "cannot enter its %s", what);
    return cause_explain(CAUSES_JOIN, err);
}

int namespaces_join(const struct plan *plan, int user_fd, int mount_fd,
                    struct ch_error *err)
{
    CLEANUP_CLOSE int owner_fd = open_owner(mount_fd, err);

    if (owner_fd < 0)
        return -1;
    /* We are who made the outer user namespace, outside of it: the kernel lets
       us in, and makes us root there. As such we may enter the mount namespace
       that it owns, and then the inner user namespace. */
    if (enter(owner_fd, CLONE_NEWUSER, "user namespace", err) < 0)
        return -1;
    explain_outer_ids(plan->explain);
    if (enter(mount_fd, CLONE_NEWNS, "mount namespace", err) < 0 ||
        (!is_same(owner_fd, user_fd) &&
         enter(user_fd, CLONE_NEWUSER, "inner user namespace", err) < 0))
        return -1;
    log_ids(plan, LOG_LEVEL_DEBUG, "container ids");
    if (geteuid() != plan->container_uid || getegid() != plan->container_gid)
        return refuse_ids(plan, err);
    return 0;
}
