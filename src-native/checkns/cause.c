#include "config.h"

#include "checkns/cause.h"

#include <errno.h>
#include <stddef.h>

#include "checkns/host.h"

#define ADMIN   "the administrator can fix it: "
#define STARTER "whoever started this container can fix it: "
#define BUILDER "the kernel's builder can fix it: "
#define USER    "you can fix it: "

const struct cause CAUSES_UNPRIVILEGED[] = {
    {.errnums = {EPERM, EACCES, ENOSYS},
     .applies = host_filters_calls,
     .text = "a system call filter (seccomp) is in force and forbids it",
     .remedy = STARTER "docker or podman run --security-opt "
                       "seccomp=unconfined"},
    {.errnums = {EACCES},
     .text = "a security module such as SELinux or AppArmor forbids it",
     .remedy = ADMIN "allow what its audit log shows as denied"},
    {.errnums = {ENOSYS},
     .text = "the kernel does not have this system call",
     .remedy = ADMIN "install Linux 4.18 or newer"},
    CAUSE_NEXT(NULL),
};

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

const struct cause CAUSES_USER_NAMESPACE[] = {
    {.applies = host_lacks_user_namespaces,
     .text = "this kernel has no user namespaces",
     .remedy = BUILDER "CONFIG_USER_NS=y"},
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
    {.errnums = {EPERM},
     .text = "a chroot, or a security module, forbids it",
     .remedy = USER "run it outside of the chroot; else the administrator: "
                    "allow what the audit log shows as denied"},
    CAUSE_NEXT(CAUSES_UNPRIVILEGED),
};

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
