#include "config.h"

#include "run/settings_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/config_text.h"
#include "core/file.h"
#include "core/host.h"
#include "run/engine_path.h"
#include "run/passwd.h"

#define FOLDER "charliecloud"
#define FILE_  "charliecloud.conf"
#define PARTS  "conf.d"
#define SUFFIX ".conf"

/* A file is read into memory whole. */
#define FILE_LIMIT (1 << 20)

static bool is_missing(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR;
}

/* --- one file --------------------------------------------------------------
 */

/* Note that we have looked for a file; `path` is the plan's from now on. */
static struct settings_file *add_file(struct plan *plan, char *path)
{
    struct settings *settings = &plan->settings;
    struct settings_file *files =
        reallocarray(settings->files, settings->file_count + 1, sizeof(*files));

    if (!files)
        return NULL;
    settings->files = files;
    files[settings->file_count] = (struct settings_file){.path = path};
    return &files[settings->file_count++];
}

/* The text of an open file; heap, and the plan's: values are part of it. */
static char *read_text(int fd, const char *path, struct ch_error *err)
{
    size_t length = 0;
    char *text = file_read_all(fd, FILE_LIMIT, &length);

    if (!text) {
        ch_error_set(err, errno, "cannot read configuration file \"%s\"", path);
        return NULL;
    }
    if (strlen(text) == length)
        return text;
    free(text);
    ch_error_set(err, 0, "cannot read configuration file \"%s\": not text",
                 path);
    return NULL;
}

static int take_lines(struct parse *parse, enum settings_owner owner,
                      const char *path, char *text)
{
    struct config_text rest = {.next = text};
    struct config_line line = {0};
    int found;

    while ((found = config_text_next(&rest, &line, parse->err)) > 0) {
        parse->plan->origin = (struct origin){.kind = ORIGIN_FILE,
                                              .place = path,
                                              .line = line.number,
                                              .fixed = line.fixed};
        if (settings_take_line(parse, owner, &line) < 0)
            break;
    }
    if (found == 0)
        return 0;
    return ch_error_wrap(parse->err, "%s:%u", path, line.number);
}

/* `errno` says why the file at `path` could not be opened. */
static int tell_unopened(struct parse *parse, enum settings_owner owner,
                         struct settings_file *file)
{
    if (is_missing(errno))
        return 0;
    if (owner == SETTINGS_SITE)
        return ch_error_set(parse->err, errno,
                            "cannot open configuration file \"%s\"",
                            file->path);
    file->reason = strdup(strerror(errno));
    return 0;
}

/* Whether an open file is one of ours to read. A program that is started as
   another user often inherits $HOME, and must not do what that one says. */
static bool is_own(int fd, enum settings_owner owner,
                   struct settings_file *file)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return false;
    if (!S_ISREG(st.st_mode)) {
        file->reason = strdup("not a file");
        return false;
    }
    if (owner == SETTINGS_SITE || st.st_uid == geteuid() || st.st_uid == 0)
        return true;
    if (asprintf(&file->reason, "belongs to uid %u", st.st_uid) < 0)
        file->reason = NULL;
    return false;
}

/* Read the file `name` of a directory; `path`, which is the plan's from now on,
   leads there. */
static int read_at(struct parse *parse, enum settings_owner owner,
                   int folder_fd, const char *name, char *path)
{
    struct settings_file *file = path ? add_file(parse->plan, path) : NULL;
    CLEANUP_CLOSE int fd = -1;
    char *text;

    if (!file) {
        free(path);
        return ch_error_set(parse->err, ENOMEM, "cannot read configuration");
    }
    if (folder_fd == -1)
        return 0;
    fd = openat(folder_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return tell_unopened(parse, owner, file);
    if (!is_own(fd, owner, file))
        return owner == SETTINGS_USER
                   ? 0
                   : ch_error_set(parse->err, 0,
                                  "cannot read configuration file \"%s\": "
                                  "not a file",
                                  path);
    text =
        settings_keep(&parse->plan->settings, read_text(fd, path, parse->err));
    if (!text)
        return parse->err->message ? -1
                                   : ch_error_set(parse->err, ENOMEM,
                                                  "cannot read \"%s\"", path);
    file->is_read = true;
    return take_lines(parse, owner, path, text);
}

static char *join(const char *folder, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* --- the site's files ------------------------------------------------------
 */

/* Whether scandir(3) is to take it. */
static int is_part(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return entry->d_name[0] != '.' && length > strlen(SUFFIX) &&
           !strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX);
}

static int compare_bytes(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

static int read_parts(struct parse *parse, int folder_fd, const char *folder)
{
    CLEANUP_FREE char *parts = join(folder, PARTS);
    CLEANUP_CLOSE int parts_fd =
        openat(folder_fd, PARTS, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct dirent **entries;
    int count, status = 0;

    if (parts_fd < 0 && is_missing(errno))
        return 0;
    count = parts_fd < 0
                ? -1
                : scandirat(parts_fd, ".", &entries, is_part, compare_bytes);
    if (count < 0 || !parts)
        return ch_error_set(parse->err, errno, "cannot read \"%s/" PARTS "\"",
                            folder);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (status == 0)
            status = read_at(parse, SETTINGS_SITE, parts_fd, name,
                             join(parts, name));
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int read_site(struct parse *parse)
{
    CLEANUP_FREE char *folder =
        engine_path_of(SYSCONFDIR_FROM_BINDIR, FOLDER, parse->err);
    CLEANUP_CLOSE int folder_fd = -1;

    if (!folder && host_lacks_proc()) {
        ch_error_clear(parse->err); /* nothing runs without it, as will be
                                       told where it is missed */
        return 0;
    }
    if (!folder)
        return -1;
    folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0 && !is_missing(errno))
        return ch_error_set(parse->err, errno, "cannot open \"%s\"", folder);
    if (read_at(parse, SETTINGS_SITE, folder_fd, FILE_, join(folder, FILE_)) <
        0)
        return -1;
    return folder_fd < 0 ? 0 : read_parts(parse, folder_fd, folder);
}

/* --- the user's file -------------------------------------------------------
 */

/* Heap; NULL: there is none, or no memory. What is relative means nothing, by
   the XDG Base Directory Specification. */
static char *user_path(void)
{
    static const char NAME[] = FOLDER "/" FILE_;
    const char *chosen = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char *path;

    if (chosen && chosen[0] == '/')
        return join(chosen, NAME);
    if (!home || home[0] != '/')
        return NULL;
    return asprintf(&path, "%s/.config/%s", home, NAME) < 0 ? NULL : path;
}

static int read_user(struct parse *parse)
{
    char *path = user_path();

    return path ? read_at(parse, SETTINGS_USER, AT_FDCWD, path, path) : 0;
}

int settings_files_read(struct parse *parse)
{
    return read_site(parse) < 0 ? -1 : read_user(parse);
}
