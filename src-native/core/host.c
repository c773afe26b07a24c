#include "config.h"

#include "core/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/file.h"

#define FUSE_DEVICE "/dev/fuse"

#ifndef PROC_SUPER_MAGIC
#define PROC_SUPER_MAGIC 0x9fa0
#endif

/* The number that the file holds, and nothing else; -1: none. */
static long read_number(const char *path)
{
    char text[32]; /* a decimal long */
    char *end;
    long value;

    if (file_read_line(path, text, sizeof(text)) <= 0)
        return -1;
    value = strtol(text, &end, 10);
    return *end == '\0' ? value : -1;
}

static bool sysctl_is(const char *path, long wanted)
{
    return read_number(path) == wanted;
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

bool host_allows_zero_mount_namespaces(void)
{
    return sysctl_is("/proc/sys/user/max_mnt_namespaces", 0);
}

bool host_lacks_isolation(void)
{
    return access("/proc/self/ns", F_OK) == 0 &&
           (access("/proc/self/ns/pid", F_OK) < 0 ||
            access("/proc/self/ns/ipc", F_OK) < 0 ||
            access("/proc/self/ns/net", F_OK) < 0);
}

/* "." and ".." and a directory for each. */
bool host_has_threads(void)
{
    struct stat st;

    return stat("/proc/self/task", &st) == 0 && st.st_nlink > 3;
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

/* "NAME (enforce)"; SELinux has a context in the same file, without that. */
bool host_confines_by_apparmor(void)
{
    static const char *const PATHS[] = {"/proc/self/attr/apparmor/current",
                                        "/proc/self/attr/current"};
    char label[512]; /* longer names are cut, and then not recognised */

    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++)
        if (file_read_line(PATHS[i], label, sizeof(label)) > 0)
            return strstr(label, " (enforce)") != NULL;
    return false;
}

bool host_enforces_selinux(void)
{
    return sysctl_is("/sys/fs/selinux/enforce", 1);
}

bool host_lacks_proc(void)
{
    struct statfs status;

    return statfs("/proc", &status) < 0 || status.f_type != PROC_SUPER_MAGIC;
}

bool host_hides_process(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1;
}

static long count_lines(const char *path)
{
    CLEANUP_FCLOSE FILE *file = fopen(path, "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    long count = 0;

    while (file && getline(&line, &size, file) >= 0)
        count++;
    return count;
}

/* A recursive bind of "/" doubles what is there. */
bool host_is_full_of_mounts(void)
{
    long most = read_number("/proc/sys/fs/mount-max");

    return most >= 0 && 2 * count_lines("/proc/self/mountinfo") >= most;
}
