/* A server ends with the cgroup of the launch that started it, so the job step
   is part of the key; it hands out a copy of that launch's view of the host, so
   the view is. A mount made later reaches the copy by propagation, as systemd
   sets it up; one that does not propagate makes another key. */

#include "config.h"

#include "run/share_key.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "run/further.h"
#include "run/mountinfo.h"

#define FNV_PRIME 0x100000001b3ULL

/* More than any host's /proc/self/cgroup has. */
#define PROC_LIMIT (16 << 20)

uint64_t share_hash(uint64_t hash, const void *data, size_t length)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * FNV_PRIME;
    return hash;
}

static int add_image(struct buffer *key, const struct plan *plan)
{
    struct stat st;

    if (fstat(plan->image_fd, &st) < 0)
        return -1;
    return buffer_printf(key, "image %jx %ju %ju %jd %jd.%09ld %jd.%09ld\n",
                         (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
                         (uintmax_t)plan->image_offset, (intmax_t)st.st_size,
                         (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                         (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

/* The others are mounted beside the one that leads. */
static int add_further(struct buffer *key, const struct plan *plan)
{
    for (size_t i = 0; i < plan->further_count; i++) {
        const struct plan *other = &plan->further[i].plan;

        if (other->image_fd >= 0 && other->image_fd != plan->image_fd &&
            add_image(key, other) < 0)
            return -1;
    }
    return 0;
}

/* A directory, unlike a file, is the same one when something in it changes. */
static int add_directory(struct buffer *key, const struct plan *plan)
{
    struct stat st;

    if (stat(plan->image, &st) < 0)
        return -1;
    return buffer_printf(key, "directory %jx %ju\n", (uintmax_t)st.st_dev,
                         (uintmax_t)st.st_ino);
}

static int add_engine(struct buffer *key, const struct plan *plan)
{
    return buffer_printf(key, "engine %d %zu %u\n", plan->engine,
                         plan->fuse_cache, plan->fuse_threads);
}

static int add_ids(struct buffer *key, const struct plan *plan)
{
    return buffer_printf(key, "ids %u %u\n", plan->host_uid, getegid());
}

/* A namespace, or this program: another build may speak another way. */
static int add_identity(struct buffer *key, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return -1;
    return buffer_printf(key, "%s %jx %ju\n", path, (uintmax_t)st.st_dev,
                         (uintmax_t)st.st_ino);
}

static uint64_t hash_mount(uint64_t hash, const struct mountinfo *mount)
{
    const char *const parts[] = {mount->root, mount->at, mount->options,
                                 mount->type, mount->source};

    hash = share_hash(hash, &mount->id, sizeof(mount->id));
    hash = share_hash(hash, &mount->parent, sizeof(mount->parent));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        hash = share_hash(hash, parts[i], strlen(parts[i]) + 1);
    return hash;
}

/* They are many where they are any, so a sum of them stands for them. */
static int add_private_mounts(struct buffer *key)
{
    CLEANUP_FREE char *text = mountinfo_read();
    uint64_t hash = SHARE_HASH_START;
    char *rest = text;
    struct mountinfo mount;

    if (!text)
        return -1;
    while (mountinfo_next(&rest, &mount))
        if (!mount.propagates)
            hash = hash_mount(hash, &mount);
    return buffer_printf(key, "mounts %jx\n", (uintmax_t)hash);
}

/* A server that may use less would stop in the middle of somebody's program. */
static int add_limits(struct buffer *key)
{
    static const int LIMITS[] = {RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA,
                                 RLIMIT_NOFILE};
    struct rlimit limit;

    for (size_t i = 0; i < sizeof(LIMITS) / sizeof(LIMITS[0]); i++)
        if (getrlimit(LIMITS[i], &limit) < 0 ||
            buffer_printf(key, "limit %jx %jx\n", (uintmax_t)limit.rlim_cur,
                          (uintmax_t)limit.rlim_max) < 0)
            return -1;
    return buffer_printf(key, "nice %d\n", getpriority(PRIO_PROCESS, 0));
}

void share_key_cut_to_step(char *path)
{
    char *job = strstr(path, "/job_");
    char *step = job ? strstr(job, "/step_") : NULL;

    if (step)
        step[1 + strcspn(step + 1, "/")] = '\0';
}

/* Lines of "ID:CONTROLLERS:PATH", one for each hierarchy. */
static int add_job_step(struct buffer *key)
{
    CLEANUP_FREE char *text = file_read_path("/proc/self/cgroup", PROC_LIMIT);
    char *rest;

    if (!text)
        return errno == ENOENT ? 0 : -1; /* a kernel without cgroups */
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        share_key_cut_to_step(line);
        if (buffer_printf(key, "%s\n", line) < 0)
            return -1;
    }
    return 0;
}

char *share_key(const struct plan *plan)
{
    CLEANUP_BUFFER struct buffer key = {0};

    if (buffer_printf(&key, "%s %s\n", PACKAGE_NAME, PACKAGE_VERSION) < 0 ||
        add_image(&key, plan) < 0 || add_further(&key, plan) < 0 ||
        add_engine(&key, plan) < 0 || add_ids(&key, plan) < 0 ||
        add_identity(&key, "/proc/self/exe") < 0 ||
        add_identity(&key, "/proc/self/ns/user") < 0 ||
        add_identity(&key, "/proc/self/ns/mnt") < 0 ||
        add_private_mounts(&key) < 0 || add_limits(&key) < 0 ||
        add_job_step(&key) < 0)
        return NULL;
    return take_ptr(key.data);
}

/* Several nodes can be one machine: in tests, and where containers are nodes.
 */
static int add_node(struct buffer *key)
{
    struct utsname node;

    if (uname(&node) < 0 || buffer_printf(key, "node %s\n", node.nodename) < 0)
        return -1;
    return add_identity(key, "/proc/self/ns/pid");
}

char *share_key_of_peers(const struct plan *plan, const char *tag)
{
    CLEANUP_BUFFER struct buffer key = {0};
    int status = buffer_printf(&key, "%s %s\njoin %s\n", PACKAGE_NAME,
                               PACKAGE_VERSION, tag);

    if (status == 0)
        status = plan->image_type == IMAGE_DIRECTORY ? add_directory(&key, plan)
                                                     : add_image(&key, plan);
    if (status < 0 || add_node(&key) < 0 || add_ids(&key, plan) < 0 ||
        add_identity(&key, "/proc/self/exe") < 0 ||
        add_identity(&key, "/proc/self/ns/user") < 0)
        return NULL;
    return take_ptr(key.data);
}
