#include "config.h"

#include "tar_scan.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "archive_input.h"
#include "cleanup.h"
#include "member.h"

/* The Filesystem Hierarchy Standard's top level, and proc and sys. */
static const char *const ROOT_DIRECTORIES[] = {
    "bin",   "boot",  "dev", "etc", "home", "lib",  "lib32",
    "lib64", "media", "mnt", "opt", "proc", "root", "run",
    "sbin",  "srv",   "sys", "tmp", "usr",  "var",
};

static bool is_root_directory(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(ROOT_DIRECTORIES) / sizeof(ROOT_DIRECTORIES[0]); i++)
        if (!strcmp(name, ROOT_DIRECTORIES[i]))
            return true;
    return false;
}

/* Whether `*top`, NULL before the first member, is still the only directory at
   the top once `member` is seen. */
static int scan_member(const struct member *member, char **top, bool *single,
                       struct ch_error *err)
{
    CLEANUP_FREE char *first = NULL;
    const char *slash = strchrnul(member->name, '/');

    *single = true;
    if (slash == member->name)
        return 0; /* the root itself: "./" */
    first = strndup(member->name, (size_t)(slash - member->name));
    if (!first)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", member->name);
    *single = (*slash == '/' || member->kind == MEMBER_DIRECTORY) &&
              !is_root_directory(first) && (!*top || !strcmp(*top, first));
    if (!*top)
        *top = take_ptr(first);
    return 0;
}

static int scan_next(struct archive_input *input, char **top, bool *single,
                     struct ch_error *err)
{
    const struct member_options as_it_is = {.strip = ""};
    CLEANUP_MEMBER struct member member = {0};
    struct archive_entry *entry;
    int status = archive_input_next(input, &entry, err);

    if (status <= 0)
        return status;
    if (member_from_entry(&member, entry, &as_it_is, err) < 0 ||
        scan_member(&member, top, single, err) < 0)
        return -1;
    return 1;
}

int tar_scan(const char *path, struct ch_control *control, char **top,
             struct ch_error *err)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    CLEANUP_FREE char *found = NULL;
    bool single = true;
    int status;

    if (archive_input_open(&input, path, control, err) < 0)
        return -1;
    do {
        status = scan_next(input, &found, &single, err);
    } while (status > 0 && single);
    if (status < 0)
        return -1;
    *top = single && found ? take_ptr(found) : strdup("");
    if (!*top)
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", path);
    return 0;
}
