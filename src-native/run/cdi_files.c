#include "config.h"

#include "run/cdi_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "run/cdi_schema.h"
#include "run/cdi_yaml.h"

/* A node with hundreds of devices has a specification of some 100 KiB. */
#define FILE_LIMIT (4 << 20)

/* --- one file --------------------------------------------------------------
 */

static bool ends_with(const char *name, const char *suffix)
{
    size_t length = strlen(name);

    return length > strlen(suffix) &&
           !strcmp(name + length - strlen(suffix), suffix);
}

/* What is no file could keep us waiting for ever. */
static char *read_text(const char *file, size_t *length, struct ch_error *err)
{
    CLEANUP_CLOSE int fd =
        open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    char *text = NULL;

    if (fd >= 0 && fstat(fd, &st) == 0) {
        errno = EINVAL;
        if (S_ISREG(st.st_mode))
            text = file_read_all(fd, FILE_LIMIT, length);
    }
    if (!text)
        ch_error_set(err, errno, "cannot read it");
    return text;
}

struct json *cdi_files_parse(const char *file, struct ch_error *err)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_JSON struct json *json = NULL;
    size_t length;

    text = read_text(file, &length, err);
    if (text)
        json = (ends_with(file, ".yaml") ? cdi_yaml_parse
                                         : json_parse)(text, length, err);
    if (json && cdi_schema_check(json, err) == 0)
        return take_ptr(json);
    ch_error_wrap(err, "cannot use CDI specification \"%s\"", file);
    return NULL;
}

/* The first error is kept, in case that nothing else will do. */
static void note_error(const struct log *log, struct cdi_files *files,
                       struct ch_error *err)
{
    log_warning(log, "%s", ch_error_text(err));
    files->skipped++;
    if (files->error.message) {
        ch_error_clear(err);
        return;
    }
    files->error = *err;
    *err = (struct ch_error)CH_ERROR_INIT;
}

static int add_file(const struct log *log, const char *directory,
                    const char *name, size_t number, struct cdi_files *files,
                    struct ch_error *err)
{
    CLEANUP_FREE char *file = NULL;
    CLEANUP_JSON struct json *json = NULL;
    struct cdi_spec *spec;

    if (asprintf(&file, "%s/%s", directory, name) < 0) {
        file = NULL;
        return ch_error_set(err, ENOMEM, "cannot read \"%s\"", directory);
    }
    json = cdi_files_parse(file, err);
    if (!json) {
        note_error(log, files, err);
        return 0;
    }
    spec = array_append(&files->specs, &files->count, sizeof(*spec));
    if (!spec)
        return ch_error_set(err, errno, "cannot read \"%s\"", file);
    *spec = (struct cdi_spec){take_ptr(file), number, take_ptr(json), false};
    return 0;
}

/* --- directories ------------------------------------------------------------
 */

static int is_specification(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && (ends_with(entry->d_name, ".json") ||
                                       ends_with(entry->d_name, ".yaml"));
}

static int add_directory(const struct log *log, const char *directory,
                         size_t number, bool is_strict, struct cdi_files *files,
                         struct ch_error *err)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_specification, alphasort);
    int status = 0;

    if (count < 0 && (errno == ENOENT || errno == ENOTDIR) && !is_strict)
        return 0;
    if (count < 0)
        return ch_error_set(err, errno, "cannot read CDI directory \"%s\"",
                            directory);
    for (int i = 0; i < count; i++) {
        if (status == 0)
            status = add_file(log, directory, entries[i]->d_name, number, files,
                              err);
        free(entries[i]);
    }
    free(entries);
    return status;
}

int cdi_files_read(const struct log *log, const char *list, bool is_strict,
                   struct cdi_files *files, struct ch_error *err)
{
    CLEANUP_FREE char *copy = strdup(list);
    char *next = copy;

    if (!copy)
        return ch_error_set(err, errno, "cannot read \"%s\"", list);
    for (size_t number = 0; next; number++) {
        const char *directory = strsep(&next, ":");

        if (*directory &&
            add_directory(log, directory, number, is_strict, files, err) < 0)
            return -1;
    }
    return 0;
}

void cdi_files_release(struct cdi_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->specs[i].file);
        json_free(files->specs[i].json);
    }
    free(files->specs);
    ch_error_clear(&files->error);
    *files = (struct cdi_files){.specs = NULL};
}
