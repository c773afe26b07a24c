#include "config.h"

#include "core/host_limits.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/file.h"

bool host_lets_files_be_raised(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
           limit.rlim_cur < limit.rlim_max;
}

/* The number in the first line of a file; -1: none. */
static long number_in(const char *path)
{
    char text[32]; /* a decimal long */

    if (file_read_line(path, text, sizeof(text)) <= 0 || !isdigit(text[0]))
        return -1;
    return strtol(text, NULL, 10);
}

/* --- control groups --------------------------------------------------------
 */

/* The number in a file of a control group; -1: none, or "max". */
static long group_number(const char *group, const char *file)
{
    CLEANUP_FREE char *path = NULL;

    if (asprintf(&path, "%s/%s", group, file) < 0) {
        path = NULL;
        return -1;
    }
    return number_in(path);
}

/* The limits of the groups above count, too. `group` is cut off meanwhile. */
static bool any_group_is_full(char *group, size_t root_length)
{
    while (strlen(group) > root_length) {
        long most = group_number(group, "pids.max");

        if (most >= 0 && group_number(group, "pids.current") >= most)
            return true;
        *strrchr(group, '/') = '\0';
    }
    return false;
}

/* cgroups(7): "0::/PATH" of version 2, "NUMBER:pids:/PATH" of version 1. */
static bool line_shows_full_group(char *line)
{
    static const struct {
        const char *mark, *root;
    } HIERARCHIES[] = {
        {"0::", "/sys/fs/cgroup"},
        {":pids:", "/sys/fs/cgroup/pids"},
    };

    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < sizeof(HIERARCHIES) / sizeof(HIERARCHIES[0]); i++) {
        const char *root = HIERARCHIES[i].root;
        const char *mark = strstr(line, HIERARCHIES[i].mark);
        CLEANUP_FREE char *group = NULL;

        if (!mark)
            continue;
        if (asprintf(&group, "%s%s", root, mark + strlen(HIERARCHIES[i].mark)) <
            0) {
            group = NULL;
            return false;
        }
        return any_group_is_full(group, strlen(root));
    }
    return false;
}

bool host_group_is_full(void)
{
    CLEANUP_FCLOSE FILE *file = fopen("/proc/self/cgroup", "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;

    while (file && getline(&line, &size, file) >= 0)
        if (line_shows_full_group(line))
            return true;
    return false;
}

/* --- the user's processes --------------------------------------------------
 */

/* Threads of a process of ours, as the kernel counts them; else 0. */
static rlim_t threads_of(const char *pid)
{
    char path[64]; /* "/proc/", a number, "/task" */
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%.20s/task", pid);
    if (stat(path, &st) < 0 || st.st_uid != getuid() || st.st_nlink < 2)
        return 0;
    return st.st_nlink - 2; /* "." and ".." */
}

/* The host's root, whom the limit does not bind: not one of a namespace. */
static bool is_true_root(void)
{
    unsigned inside, outside, count;
    char line[64]; /* three numbers */

    return getuid() == 0 &&
           file_read_line("/proc/self/uid_map", line, sizeof(line)) > 0 &&
           sscanf(line, "%u %u %u", &inside, &outside, &count) == 3 &&
           outside == 0 && count == UINT_MAX;
}

bool host_user_is_full(void)
{
    CLEANUP_CLOSEDIR DIR *proc = opendir("/proc");
    struct rlimit limit;
    rlim_t count = 0;

    if (!proc || is_true_root() || getrlimit(RLIMIT_NPROC, &limit) < 0)
        return false;
    for (struct dirent *entry; (entry = readdir(proc));)
        if (isdigit(entry->d_name[0]))
            count += threads_of(entry->d_name);
    return count >= limit.rlim_cur;
}

/* --- the host --------------------------------------------------------------
 */

/* proc_loadavg(5): "0.20 0.18 0.12 1/80 11206", where 80 are there. */
static long count_threads(void)
{
    char line[128]; /* five numbers */
    const char *slash;

    if (file_read_line("/proc/loadavg", line, sizeof(line)) <= 0)
        return -1;
    slash = strchr(line, '/');
    return slash ? strtol(slash + 1, NULL, 10) : -1;
}

/* A few are held back for root, and some have ended meanwhile. */
static bool is_reached(const char *sysctl, long count)
{
    long most = number_in(sysctl);

    return most >= 0 && count >= most - most / 16;
}

bool host_is_full_of_processes(void)
{
    long count = count_threads();

    return is_reached("/proc/sys/kernel/threads-max", count) ||
           is_reached("/proc/sys/kernel/pid_max", count);
}

static long memory_of(const char *name)
{
    CLEANUP_FCLOSE FILE *file = fopen("/proc/meminfo", "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0, length = strlen(name);

    while (file && getline(&line, &size, file) >= 0)
        if (!strncmp(line, name, length) && line[length] == ':')
            return strtol(line + length + 1, NULL, 10);
    return -1;
}

bool host_commits_no_more(void)
{
    long most = memory_of("CommitLimit");

    return number_in("/proc/sys/vm/overcommit_memory") == 2 && most >= 0 &&
           memory_of("Committed_AS") >= most - most / 16;
}
