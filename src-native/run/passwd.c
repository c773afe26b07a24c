/* Names are looked up in $USER and the host's files first and only then through
   the name service, which may load libraries and ask a server. */

#include "config.h"

#include "run/passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "core/path.h"
#include "run/mount.h"

/* Our files in the scratch. */
#define PASSWD "passwd"
#define GROUP  "group"

#define NOBODY_ID 65534

/* The third field of a line of passwd(5) or group(5). */
static bool has_id(const char *line, unsigned id)
{
    const char *field = strchr(line, ':');
    char *end;
    unsigned long number;

    field = field ? strchr(field + 1, ':') : NULL;
    if (!field || field[1] < '0' || field[1] > '9')
        return false;
    number = strtoul(field + 1, &end, 10);
    return number == id && *end == ':';
}

/* The name of an id in such a file, NULL if it is not there. fgetpwent(3) and
   fgetgrent(3) would make a system call for each line. */
static char *name_from_file(const char *path, unsigned id)
{
    CLEANUP_FCLOSE FILE *file = fopen(path, "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;

    while (file && getline(&line, &size, file) > 0)
        if (has_id(line, id))
            return strndup(line, strcspn(line, ":"));
    return NULL;
}

/* $USER is anybody's to set: what cannot stand in a passwd(5) file is no
   name. */
static bool is_user_name(const char *name)
{
    return name && *name && !strpbrk(name, ":/\n \t");
}

static char *user_name(const struct plan *plan, uid_t uid)
{
    const struct passwd *entry;
    const char *user = getenv("USER");
    char *name;

    if (uid == 0)
        return strdup("root");
    if (uid == plan->host_uid && is_user_name(user))
        return strdup(user);
    name = name_from_file("/etc/passwd", uid);
    if (name)
        return name;
    entry = getpwuid(uid);
    return strdup(entry ? entry->pw_name : "user");
}

char *passwd_user_name(const struct plan *plan)
{
    return user_name(plan, plan->host_uid);
}

char *passwd_home(const struct plan *plan)
{
    CLEANUP_FREE char *name = NULL;
    char *home;

    if (!plan->home)
        return strdup(plan->container_uid == 0 ? "/root" : "/");
    name = passwd_user_name(plan);
    if (!name || asprintf(&home, "/home/%s", name) < 0)
        return NULL;
    return home;
}

static char *group_name(gid_t gid)
{
    const struct group *entry;
    char *name;

    if (gid == 0)
        return strdup("root");
    name = name_from_file("/etc/group", gid);
    if (name)
        return name;
    entry = getgrgid(gid);
    return strdup(entry ? entry->gr_name : "group");
}

static char *make_passwd_text(const struct plan *plan)
{
    CLEANUP_FREE char *name = user_name(plan, plan->container_uid);
    CLEANUP_FREE char *home = passwd_home(plan);
    CLEANUP_FREE char *own = NULL;
    char *text;

    if (!name || !home)
        return NULL;
    if (plan->container_uid != 0 && plan->container_uid != NOBODY_ID &&
        asprintf(&own, "%s:x:%u:%u:%s:%s:/bin/sh\n", name, plan->container_uid,
                 plan->container_gid, name, home) < 0)
        return NULL;
    if (asprintf(&text,
                 "root:x:0:0:root:/root:/bin/sh\n%s"
                 "nobody:x:%d:%d:nobody:/:/bin/false\n",
                 own ? own : "", NOBODY_ID, NOBODY_ID) < 0)
        return NULL;
    return text;
}

static char *make_group_text(const struct plan *plan)
{
    CLEANUP_FREE char *name = group_name(plan->container_gid);
    CLEANUP_FREE char *own = NULL;
    char *text;

    if (!name)
        return NULL;
    if (plan->container_gid != 0 && plan->container_gid != NOBODY_ID &&
        asprintf(&own, "%s:x:%u:\n", name, plan->container_gid) < 0)
        return NULL;
    if (asprintf(&text, "root:x:0:\n%snogroup:x:%d:\n", own ? own : "",
                 NOBODY_ID) < 0)
        return NULL;
    return text;
}

/* One file: write it into the scratch and bind it over the image's. */
static int mount_file(int root_fd, int scratch_fd, const char *name,
                      const char *path, const char *text, struct ch_error *err)
{
    CLEANUP_CLOSE int target_fd = path_open_in_root(root_fd, path, O_PATH, 0);
    CLEANUP_CLOSE int fd = -1;
    char source[32]; /* "/proc/self/fd/" and a descriptor */

    if (target_fd < 0)
        return 0; /* the image has none: nothing to replace */
    fd =
        openat(scratch_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (!text || fd < 0 || file_write_all(fd, text, strlen(text)) < 0)
        return ch_error_set(err, errno, "cannot write the container's \"%s\"",
                            path);
    snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
    if (mount_on_path(source, root_fd, path, target_fd, NULL, MS_BIND, NULL) <
        0) {
        ch_error_set(err, errno, "cannot bind the container's \"%s\"", path);
        return cause_explain(CAUSES_MOUNT, err);
    }
    return 0;
}

/* Where the files are is what may be written to, too. */
static int explain(const struct plan *plan, struct ch_error *err)
{
    if (err->errnum != ENOSPC)
        return -1;
    ch_error_cause(err, "the memory for writes is full");
    return ch_error_hint(err,
                         "you can fix it: a larger size than "
                         "--write-fake=%s",
                         plan->overlay_size);
}

int passwd_mount(const struct plan *plan, int root_fd, int scratch_fd,
                 struct ch_error *err)
{
    CLEANUP_FREE char *passwd = make_passwd_text(plan);
    CLEANUP_FREE char *group = make_group_text(plan);

    if (mount_file(root_fd, scratch_fd, PASSWD, "/etc/passwd", passwd, err) <
            0 ||
        mount_file(root_fd, scratch_fd, GROUP, "/etc/group", group, err) < 0)
        return explain(plan, err);
    return 0;
}

bool passwd_is_mounted(int scratch_fd)
{
    return faccessat(scratch_fd, PASSWD, F_OK, 0) == 0 ||
           faccessat(scratch_fd, GROUP, F_OK, 0) == 0;
}
