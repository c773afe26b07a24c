#include "config.h"

#include "run/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/file.h"

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
    if (unshare(CLONE_NEWUSER) < 0) {
        ch_error_set(err, errno, "cannot create the inner user namespace");
        return cause_explain(CAUSES_USER_NAMESPACE, err);
    }
    if (map_ids(plan->container_uid, 0, plan->container_gid, 0, err) < 0)
        return -1;
    log_ids(plan, LOG_LEVEL_DEBUG, "container ids");
    return 0;
}
