/* The kernel and what it allows, and who we are to it. */

#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "checkns/doctor_facts.h"
#include "core/cleanup.h"
#include "core/file.h"

#define LINE_SIZE  512
#define FILE_LIMIT (1 << 20)

struct fact {
    const char *label;
    const char *path; /* its first line is told */
};

static const struct fact SYSCTLS[] = {
    {"user.max_user_namespaces", "/proc/sys/user/max_user_namespaces"},
    {"user.max_mnt_namespaces", "/proc/sys/user/max_mnt_namespaces"},
    {"kernel.unprivileged_userns_clone",
     "/proc/sys/kernel/unprivileged_userns_clone"},
    {"kernel.apparmor_restrict_unprivileged_userns",
     "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"},
    {"kernel.yama.ptrace_scope", "/proc/sys/kernel/yama/ptrace_scope"},
    {"security modules", "/sys/kernel/security/lsm"},
    {"security label", "/proc/self/attr/current"},
    {"SELinux enforces", "/sys/fs/selinux/enforce"},
    {"overlay redirect_dir", "/sys/module/overlay/parameters/redirect_dir"},
};

static const struct fact MAPS[] = {
    {"uid map", "/proc/self/uid_map"},
    {"gid map", "/proc/self/gid_map"},
    {"setgroups", "/proc/self/setgroups"},
};

/* Lines of /proc/self/status. */
static const char *const STATES[] = {
    "CapEff:", "NoNewPrivs:", "Seccomp:", "Cpus_allowed_list:"};

static const struct {
    const char *label;
    int resource;
} LIMITS[] = {
    {"open files", RLIMIT_NOFILE},
    {"processes", RLIMIT_NPROC},
    {"locked memory", RLIMIT_MEMLOCK},
    {"address space", RLIMIT_AS},
};

static int add_files(struct buffer *report, const struct fact *facts,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char line[LINE_SIZE];

        if (file_read_line(facts[i].path, line, sizeof(line)) < 0)
            snprintf(line, sizeof(line), "%s",
                     errno == ENOENT ? "not there" : strerror(errno));
        if (buffer_printf(report, "%s: %s\n", facts[i].label, line) < 0)
            return -1;
    }
    return 0;
}

/* What follows `name` at the beginning of a line of `text`, up to the line's
   end; "" if there is none. `*length` is how long it is. */
static const char *find_line(const char *text, const char *name, size_t *length)
{
    const char *line = text;

    for (; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, strlen(name)))
            break;
    }
    line = line ? line + strlen(name) : "";
    line += strspn(line, " \t");
    *length = strcspn(line, "\n");
    return line;
}

static int add_distribution(struct buffer *report)
{
    CLEANUP_FREE char *text = file_read_path("/etc/os-release", FILE_LIMIT);
    size_t length = 0;
    const char *name = text ? find_line(text, "PRETTY_NAME=", &length) : "";

    if (!length)
        return buffer_printf(report, "distribution: unknown\n");
    if (*name == '"' && length > 1) {
        name++;
        length -= 2;
    }
    return buffer_printf(report, "distribution: %.*s\n", (int)length, name);
}

int doctor_kernel(struct buffer *report)
{
    struct utsname kernel;

    /* Without the node's name. */
    if (uname(&kernel) == 0 &&
        buffer_printf(report, "kernel: %s %s %s, %s\n", kernel.sysname,
                      kernel.release, kernel.version, kernel.machine) < 0)
        return -1;
    if (add_distribution(report) < 0)
        return -1;
    return add_files(report, SYSCTLS, sizeof(SYSCTLS) / sizeof(SYSCTLS[0]));
}

static int add_states(struct buffer *report)
{
    CLEANUP_FREE char *text = file_read_path("/proc/self/status", FILE_LIMIT);

    for (size_t i = 0; text && i < sizeof(STATES) / sizeof(STATES[0]); i++) {
        size_t length;
        const char *state = find_line(text, STATES[i], &length);

        if (buffer_printf(report, "%s %.*s\n", STATES[i], (int)length, state) <
            0)
            return -1;
    }
    return 0;
}

static int add_limits(struct buffer *report)
{
    for (size_t i = 0; i < sizeof(LIMITS) / sizeof(LIMITS[0]); i++) {
        struct rlimit limit;

        if (getrlimit(LIMITS[i].resource, &limit) < 0)
            continue;
        if (limit.rlim_cur == RLIM_INFINITY
                ? buffer_printf(report, "limit of %s: none\n",
                                LIMITS[i].label) < 0
                : buffer_printf(report, "limit of %s: %ju\n", LIMITS[i].label,
                                (uintmax_t)limit.rlim_cur) < 0)
            return -1;
    }
    return 0;
}

/* All of its hierarchies. */
static int add_cgroups(struct buffer *report)
{
    CLEANUP_FREE char *text = file_read_path("/proc/self/cgroup", FILE_LIMIT);
    char *next = text;

    while (next && *next)
        if (buffer_printf(report, "cgroup: %s\n", strsep(&next, "\n")) < 0)
            return -1;
    return 0;
}

int doctor_process(struct buffer *report)
{
    if (buffer_printf(report, "ids: uid %u, gid %u, %d supplementary groups\n",
                      geteuid(), getegid(), getgroups(0, NULL)) < 0 ||
        add_files(report, MAPS, sizeof(MAPS) / sizeof(MAPS[0])) < 0 ||
        add_states(report) < 0 || add_limits(report) < 0)
        return -1;
    return add_cgroups(report);
}
