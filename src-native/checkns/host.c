#include "config.h"

#include "checkns/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/cleanup.h"

#define FUSE_DEVICE "/dev/fuse"

/* True if the file holds this number and nothing else. */
static bool sysctl_is(const char *path, long wanted)
{
    CLEANUP_FCLOSE FILE *file = fopen(path, "re");
    char text[32]; /* a decimal long and its newline */
    char *end;
    long value;

    if (!file || !fgets(text, sizeof(text), file))
        return false;
    value = strtol(text, &end, 10);
    return end != text && (*end == '\n' || *end == '\0') && value == wanted;
}

bool host_lacks_user_namespaces(void)
{
    return access("/proc/self/ns", F_OK) == 0 &&
           access("/proc/self/ns/user", F_OK) < 0 && errno == ENOENT;
}

bool host_allows_zero_namespaces(void)
{
    return sysctl_is("/proc/sys/user/max_user_namespaces", 0);
}

bool host_forbids_userns_clone(void)
{
    return sysctl_is("/proc/sys/kernel/unprivileged_userns_clone", 0);
}

bool host_restricts_by_apparmor(void)
{
    return sysctl_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
                     1);
}

/* True if `matches` says so of one line of the file. */
static bool any_line(const char *path, bool (*matches)(const char *line))
{
    CLEANUP_FCLOSE FILE *file = fopen(path, "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;

    if (!file)
        return false;
    while (getline(&line, &size, file) >= 0)
        if (matches(line))
            return true;
    return false;
}

static bool is_filter_mode(const char *line)
{
    return !strcmp(line, "Seccomp:\t2\n");
}

bool host_filters_calls(void)
{
    return any_line("/proc/self/status", is_filter_mode);
}

/* What follows the first `count` blanks of a line; "" if there are fewer. */
static const char *skip_fields(const char *line, int count)
{
    for (; count > 0 && *line; line++)
        if (*line == ' ')
            count--;
    return line;
}

/* proc_pid_mountinfo(5): the mount point is the fifth field. Mounts that
   cannot be reached from our root are not listed. */
static bool is_root_mount(const char *line)
{
    return !strncmp(skip_fields(line, 4), "/ ", 2);
}

static bool is_rootfs(const char *line)
{
    return is_root_mount(line) && strstr(line, " - rootfs ");
}

bool host_is_chroot(void)
{
    return access("/proc/self/mountinfo", R_OK) == 0 &&
           !any_line("/proc/self/mountinfo", is_root_mount);
}

bool host_root_is_initramfs(void)
{
    return any_line("/proc/self/mountinfo", is_rootfs);
}

/* One line of user_namespaces(7)'s map: first id inside, outside, how many. */
static bool maps_our_user(const char *line)
{
    unsigned long uid = geteuid();
    unsigned long first, count;

    return sscanf(line, "%lu %*u %lu", &first, &count) == 2 && uid >= first &&
           uid - first < count;
}

bool host_maps_no_user(void)
{
    return access("/proc/self/uid_map", R_OK) == 0 &&
           !any_line("/proc/self/uid_map", maps_our_user);
}

static bool is_fuse(const char *line)
{
    return !strcmp(line, "nodev\tfuse\n");
}

bool host_knows_fuse(void)
{
    return any_line("/proc/filesystems", is_fuse);
}

bool host_fuse_mode_is_narrow(void)
{
    struct stat status;

    return stat(FUSE_DEVICE, &status) == 0 &&
           (~status.st_mode & (S_IROTH | S_IWOTH));
}

bool host_fuse_is_on_nodev(void)
{
    struct statvfs status;

    return statvfs(FUSE_DEVICE, &status) == 0 && (status.f_flag & ST_NODEV);
}
