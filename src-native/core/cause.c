#include "config.h"

#include "core/cause.h"

#include <errno.h>
#include <stddef.h>

#include "core/host.h"
#include "core/host_limits.h"

#define ADMIN   "the administrator can fix it: "
#define STARTER "whoever started this container can fix it: "
#define BUILDER "the kernel's builder can fix it: "
#define USER    "you can fix it: "

#define NO_FUSE   "the kernel has no FUSE, or its module is not loaded"
#define LOAD_FUSE ADMIN "modprobe fuse"

/* --- any call --------------------------------------------------------------
 */

const struct cause CAUSES_RESOURCE[] = {
    {.errnums = {EMFILE},
     .applies = host_lets_files_be_raised,
     .text = "this process may have no more files open (RLIMIT_NOFILE)",
     .remedy = USER "ulimit -n \"$(ulimit -H -n)\""},
    {.errnums = {EMFILE},
     .text = "this process may have no more files open (RLIMIT_NOFILE)",
     .remedy = ADMIN "raise \"nofile\" in /etc/security/limits.conf, or the "
                     "limit of the batch system"},
    {.errnums = {ENFILE},
     .text = "all processes together have too many files open: the sysctl "
             "fs.file-max is reached",
     .remedy = ADMIN "sysctl -w fs.file-max=1000000"},
    {.errnums = {ENOMEM},
     .applies = host_commits_no_more,
     .text = "memory is used up: the sysctl vm.overcommit_memory is 2, and "
             "nothing is left of CommitLimit",
     .remedy = ADMIN "sysctl -w vm.overcommit_memory=0, or "
                     "vm.overcommit_ratio=100"},
    {.errnums = {ENOMEM},
     .text = "memory is used up, the host's or that of this job or container",
     .remedy = USER "ask for more memory, or run less beside it"},
    CAUSE_NEXT(NULL),
};

const struct cause CAUSES_DISK[] = {
    {.errnums = {ENOSPC},
     .text = "the file system is full",
     .remedy = USER "make room there, or choose another place"},
    {.errnums = {EDQUOT},
     .text = "your quota of that file system is used up",
     .remedy = USER "make room there, or choose another place"},
    CAUSE_NEXT(CAUSES_RESOURCE),
};

const struct cause CAUSES_UNPRIVILEGED[] = {
    {.errnums = {EPERM, EACCES, ENOSYS},
     .applies = host_filters_calls,
     .text = "a system call filter (seccomp) is in force and forbids it",
     .remedy = STARTER "docker or podman run --security-opt "
                       "seccomp=unconfined"},
    {.errnums = {EPERM, EACCES},
     .applies = host_confines_by_apparmor,
     .text = "the AppArmor profile that is in force here forbids it",
     .remedy = STARTER "docker or podman run --security-opt "
                       "apparmor=unconfined; or the administrator: allow what "
                       "the kernel's log shows as DENIED"},
    {.errnums = {EACCES},
     .applies = host_enforces_selinux,
     .text = "SELinux is enforcing here and forbids it",
     .remedy = ADMIN "allow what \"ausearch -m avc\" shows as denied"},
    {.errnums = {ENOSYS},
     .text = "the kernel does not have this system call",
     .remedy = ADMIN "install Linux 4.18 or newer"},
    CAUSE_NEXT(CAUSES_RESOURCE),
};

const struct cause CAUSES_PROCESS[] = {
    {.errnums = {EAGAIN},
     .applies = host_group_is_full,
     .text = "no more processes are allowed in this job or container: the "
             "pids.max of its control group is reached",
     .remedy = "whoever started this container or job can fix it: docker or "
               "podman run --pids-limit; systemd: TasksMax"},
    {.errnums = {EAGAIN},
     .applies = host_user_is_full,
     .text = "this user may have no more processes (RLIMIT_NPROC)",
     .remedy = USER "end some, or raise ulimit -u; else the administrator: "
                    "\"nproc\" in /etc/security/limits.conf"},
    {.errnums = {EAGAIN},
     .applies = host_is_full_of_processes,
     .text = "all processes together are too many: the sysctl "
             "kernel.threads-max or kernel.pid_max is reached",
     .remedy = ADMIN "end some, or sysctl -w kernel.pid_max=4194304 "
                     "kernel.threads-max=1000000"},
    CAUSE_NEXT(CAUSES_UNPRIVILEGED),
};

const struct cause CAUSES_SECCOMP[] = {
    {.errnums = {EINVAL},
     .text = "this kernel has no system call filters",
     .remedy = BUILDER "CONFIG_SECCOMP_FILTER=y"},
    CAUSE_NEXT(CAUSES_UNPRIVILEGED),
};

/* --- namespaces ------------------------------------------------------------
 */

/* Ubuntu lets the namespace be made, but its creator gets a profile in which
   the new capabilities are worth nothing. */
#define CAUSE_APPARMOR                                                         \
    {                                                                          \
        .errnums = {EPERM, EACCES}, .applies = host_restricts_by_apparmor,     \
        .text = "AppArmor restricts user namespaces: the sysctl "              \
                "kernel.apparmor_restrict_unprivileged_userns is 1",           \
        .remedy = ADMIN                                                        \
            "an AppArmor profile for ch-run with the rule \"userns,\", or "    \
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"         \
    }

const struct cause CAUSES_CAPABILITY[] = {
    CAUSE_APPARMOR,
    CAUSE_NEXT(CAUSES_UNPRIVILEGED),
};

/* A library that was loaded before main() has started one. */
#define CAUSE_THREADS                                                          \
    {                                                                          \
        .errnums = {EINVAL}, .applies = host_has_threads,                      \
        .text = "this process has more than one thread, which a preloaded "    \
                "library has started",                                         \
        .remedy = USER "unset LD_PRELOAD for ch-run, and set it for the "      \
                       "command: --set-env=LD_PRELOAD=..."                     \
    }

#define CAUSE_NO_PROC                                                          \
    {                                                                          \
        .applies = host_lacks_proc,                                            \
        .text = "/proc is not a mounted proc file system",                     \
        .remedy = ADMIN "mount -t proc proc /proc"                             \
    }

const struct cause CAUSES_PROC[] = {
    CAUSE_NO_PROC,
    CAUSE_NEXT(CAUSES_RESOURCE),
};

const struct cause CAUSES_ID_MAP[] = {
    CAUSE_NO_PROC,
    {.errnums = {EROFS},
     .text = "/proc is mounted read-only",
     .remedy = ADMIN "mount -o remount,rw /proc; in a container, whoever "
                     "started it: docker or podman run --security-opt "
                     "unmask=ALL"},
    {.errnums = {EACCES},
     .applies = host_hides_process,
     .text = "the program's file is not readable for you, so that the kernel "
             "keeps /proc/self for root",
     .remedy = ADMIN "chmod a+r of the program"},
    CAUSE_NEXT(CAUSES_CAPABILITY),
};

const struct cause CAUSES_USER_NAMESPACE[] = {
    {.applies = host_lacks_user_namespaces,
     .text = "this kernel has no user namespaces",
     .remedy = BUILDER "CONFIG_USER_NS=y"},
    CAUSE_THREADS,
    {.errnums = {ENOSPC, EUSERS},
     .applies = host_allows_zero_namespaces,
     .text = "user namespaces are turned off: the sysctl "
             "user.max_user_namespaces is 0",
     .remedy = ADMIN "sysctl -w user.max_user_namespaces=65536"},
    {.errnums = {ENOSPC, EUSERS},
     .text = "too many user namespaces, here or in an outer one: "
             "user.max_user_namespaces is reached, or 32 are nested",
     .remedy = ADMIN "sysctl -w user.max_user_namespaces=65536"},
    {.errnums = {EPERM},
     .applies = host_forbids_userns_clone,
     .text = "user namespaces are turned off: the sysctl "
             "kernel.unprivileged_userns_clone is 0",
     .remedy = ADMIN "sysctl -w kernel.unprivileged_userns_clone=1"},
    CAUSE_APPARMOR,
    {.errnums = {EPERM},
     .applies = host_maps_no_user,
     .text = "your user id is not mapped in the user namespace that you are "
             "in already",
     .remedy = USER "write its uid_map and gid_map first, as unshare "
                    "--map-root-user does"},
    {.errnums = {EPERM},
     .applies = host_is_chroot,
     .text = "this is a chroot, where no user namespace can be made",
     .remedy = USER "run it outside, or make the root by pivot_root(2)"},
    {.errnums = {EPERM},
     .applies = host_filters_calls,
     .text = "a system call filter (seccomp) is in force and forbids it",
     .remedy = STARTER "docker or podman run --security-opt "
                       "seccomp=unconfined"},
    /* What is left: a chroot on a mount point looks like none. */
    {.errnums = {EPERM},
     .text = "a chroot, or a security module, forbids it",
     .remedy = USER "run it outside of the chroot; else the administrator: "
                    "allow what the audit log shows as denied"},
    CAUSE_NEXT(CAUSES_UNPRIVILEGED),
};

/* Both in one call, and each may have run out. */
const struct cause CAUSES_NAMESPACES[] = {
    {.errnums = {ENOSPC},
     .applies = host_allows_zero_mount_namespaces,
     .text = "mount namespaces are turned off: the sysctl "
             "user.max_mnt_namespaces is 0",
     .remedy = ADMIN "sysctl -w user.max_mnt_namespaces=65536"},
    CAUSE_NEXT(CAUSES_USER_NAMESPACE),
};

/* With the inner user namespace come those of --isolate. */
const struct cause CAUSES_ISOLATION[] = {
    {.errnums = {EINVAL},
     .applies = host_lacks_isolation,
     .text = "this kernel has no namespaces of that kind",
     .remedy = BUILDER "CONFIG_PID_NS=y, CONFIG_IPC_NS=y, CONFIG_NET_NS=y"},
    /* Whose limit it is cannot be seen from inside the outer namespace. */
    {.errnums = {ENOSPC},
     .text = "too many namespaces: one of the sysctls user.max_user_namespaces,"
             " user.max_ipc_namespaces and user.max_net_namespaces is reached",
     .remedy = ADMIN "sysctl -w user.max_ipc_namespaces=65536 "
                     "user.max_net_namespaces=65536"},
    CAUSE_NEXT(CAUSES_USER_NAMESPACE),
};

const struct cause CAUSES_PID_NAMESPACE[] = {
    {.errnums = {ENOSPC},
     .text = "too many PID namespaces: the sysctl user.max_pid_namespaces is "
             "reached, or 32 are nested",
     .remedy = ADMIN "sysctl -w user.max_pid_namespaces=65536"},
    CAUSE_NEXT(CAUSES_ISOLATION),
};

/* Entering those of others. */
const struct cause CAUSES_JOIN[] = {
    CAUSE_THREADS,
    {.errnums = {EPERM},
     .applies = host_filters_calls,
     .text = "a system call filter (seccomp) is in force and forbids it",
     .remedy = STARTER "docker or podman run --security-opt "
                       "seccomp=unconfined"},
    {.errnums = {EPERM},
     .text = "they were not made by you, or not in the container that you are "
             "in",
     .remedy = USER "join as the user who has started it, and from where it "
                    "was started"},
    CAUSE_NEXT(CAUSES_CAPABILITY),
};

const struct cause CAUSES_MOUNT_NAMESPACE[] = {
    {.errnums = {ENOSPC},
     .text = "too many mount namespaces: the sysctl user.max_mnt_namespaces "
             "is reached",
     .remedy = ADMIN "sysctl -w user.max_mnt_namespaces=65536"},
    CAUSE_NEXT(CAUSES_CAPABILITY),
};

/* --- mounts ----------------------------------------------------------------
 */

const struct cause CAUSES_MOUNT[] = {
    {.errnums = {ENOSPC},
     .applies = host_is_full_of_mounts,
     .text = "too many mounts: a copy of them would be more than the sysctl "
             "fs.mount-max allows",
     .remedy = ADMIN "sysctl -w fs.mount-max=100000, or fewer mounts on this "
                     "host"},
    CAUSE_NEXT(CAUSES_CAPABILITY),
};

const struct cause CAUSES_TMPFS[] = {
    {.errnums = {ENODEV},
     .text = "this kernel has no tmpfs",
     .remedy = BUILDER "CONFIG_TMPFS=y"},
    CAUSE_NEXT(CAUSES_MOUNT),
};

const struct cause CAUSES_OVERLAY[] = {
    {.errnums = {ENODEV},
     .text = "the kernel has no overlayfs, or its module is not loaded",
     .remedy = ADMIN "modprobe overlay"},
    {.errnums = {EPERM, EINVAL},
     .text = "the kernel forbids overlayfs in user namespaces, as those "
             "before 5.11 do",
     .remedy = ADMIN "install Linux 5.11 or newer"},
    CAUSE_NEXT(CAUSES_MOUNT),
};

/* The kernel moves the old root aside only if it is mounted on something, and
   nothing is below its own first file system. */
const struct cause CAUSES_PIVOT_ROOT[] = {
    {.errnums = {EINVAL},
     .applies = host_root_is_initramfs,
     .text = "the root file system is the kernel's initramfs",
     .remedy = ADMIN "boot into a tmpfs by switch_root"},
    CAUSE_NEXT(CAUSES_CAPABILITY),
};

/* --- FUSE ------------------------------------------------------------------
 */

const struct cause CAUSES_FUSE_DEVICE[] = {
    {.errnums = {ENOENT},
     .applies = host_knows_fuse,
     .text = "there is no /dev/fuse",
     .remedy = ADMIN "mknod -m 666 /dev/fuse c 10 229; or whoever started "
                     "this container: --device /dev/fuse"},
    {.errnums = {ENOENT},
     .text = "there is no /dev/fuse, since " NO_FUSE,
     .remedy = LOAD_FUSE},
    {.errnums = {ENODEV, ENXIO}, .text = NO_FUSE, .remedy = LOAD_FUSE},
    {.errnums = {EACCES},
     .applies = host_fuse_mode_is_narrow,
     .text = "/dev/fuse is not readable and writable for everybody",
     .remedy = ADMIN "chmod 666 /dev/fuse"},
    {.errnums = {EACCES},
     .applies = host_fuse_is_on_nodev,
     .text = "/dev/fuse is on a file system mounted with nodev",
     .remedy = ADMIN "mount -o remount,dev /dev"},
    {.errnums = {EPERM},
     .text = "a device control group keeps /dev/fuse from this process",
     .remedy = "whoever started this container or job can fix it: "
               "--device /dev/fuse"},
    CAUSE_NEXT(CAUSES_UNPRIVILEGED),
};

const struct cause CAUSES_FUSE_MOUNT[] = {
    {.errnums = {ENODEV}, .text = NO_FUSE, .remedy = LOAD_FUSE},
    {.errnums = {EPERM},
     .text = "the kernel forbids FUSE in user namespaces, as those before "
             "4.18 do",
     .remedy = ADMIN "install Linux 4.18 or newer"},
    {.errnums = {EINVAL},
     .text = "/dev/fuse is not the FUSE device",
     .remedy = ADMIN "mknod -m 666 /dev/fuse c 10 229"},
    CAUSE_NEXT(CAUSES_MOUNT),
};

/* --- looking for one -------------------------------------------------------
 */

static bool explains(const struct cause *cause, int errnum)
{
    size_t count = sizeof(cause->errnums) / sizeof(cause->errnums[0]);

    if (!cause->errnums[0])
        return true;
    for (size_t i = 0; i < count; i++)
        if (cause->errnums[i] == errnum)
            return true;
    return false;
}

const struct cause *cause_find(const struct cause *causes, int errnum)
{
    while (causes) {
        if (!causes->text)
            causes = causes->next;
        else if (explains(causes, errnum) &&
                 (!causes->applies || causes->applies()))
            return causes;
        else
            causes++;
    }
    return NULL;
}

int cause_explain(const struct cause *causes, struct ch_error *err)
{
    const struct cause *cause =
        err->errnum ? cause_find(causes, err->errnum) : NULL;

    if (!cause)
        return -1;
    ch_error_cause(err, "%s", cause->text);
    return ch_error_hint(err, "%s", cause->remedy);
}
