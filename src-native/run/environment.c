#include "config.h"

#include "run/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/compat.h"
#include "core/file.h"
#include "run/passwd.h"

/* An environment file is read into memory whole. */
#define FILE_LIMIT (16 << 20)

#define IMAGE_FILE "/ch/environment"

/* --- reading files ---------------------------------------------------------
 */

static char *read_file(const char *path, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd < 0 ? NULL : file_read_all(fd, FILE_LIMIT, NULL);

    if (!text)
        ch_error_set(err, errno, "cannot read environment file \"%s\"", path);
    return text;
}

static void release_texts(const struct plan *plan, char **texts)
{
    for (size_t i = 0; texts && i < plan->environment_count; i++)
        free(texts[i]);
    free(texts);
}

int environment_load(const struct plan *plan, char ***texts,
                     struct ch_error *err)
{
    char **loaded = calloc(plan->environment_count + 1, sizeof(*loaded));

    if (!loaded)
        return ch_error_set(err, errno, "cannot read environment files");
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct environment_change *change = &plan->environment[i];

        if (change->action != ENVIRONMENT_SET_FILE)
            continue;
        loaded[i] = read_file(change->argument, err);
        if (!loaded[i]) {
            release_texts(plan, loaded);
            return -1;
        }
    }
    *texts = loaded;
    return 0;
}

/* --- setting ---------------------------------------------------------------
 */

/* Append `item` to the search path in `path`, which grows; NULL: no memory. */
static char *append_item(char *path, const char *item, bool first)
{
    char *longer = realloc(path, strlen(path) + strlen(item) + 2);

    if (!longer)
        return NULL;
    if (!first)
        strcat(longer, ":");
    strcat(longer, item);
    return longer;
}

/* Expand the items of a search path that are "$NAME" wholly: by the variable's
   value; an unset or empty one is dropped, without leaving an empty item, which
   would mean the current directory. Heap. */
static char *expand_value(const char *value)
{
    CLEANUP_FREE char *copy = strdup(value);
    char *expanded = calloc(1, 1);
    char *next = copy;
    bool first = true;

    while (expanded && next) {
        const char *item = strsep(&next, ":");

        if (item[0] == '$' && item[1]) {
            item = getenv(item + 1);
            if (!item || !*item)
                continue;
        }
        expanded = append_item(expanded, item, first);
        first = false;
    }
    return expanded;
}

static int set_variable(const struct plan *plan, const char *name,
                        const char *value, struct ch_error *err)
{
    CLEANUP_FREE char *expanded = expand_value(value);

    if (!expanded || setenv(name, expanded, 1) < 0)
        return ch_error_set(err, errno,
                            "cannot set environment variable "
                            "\"%s\"",
                            name);
    log_trace(&plan->log, "environment: %s=%s", name, expanded);
    return 0;
}

/* "NAME=VALUE", changed in place. */
static int set_assignment(const struct plan *plan, char *assignment,
                          struct ch_error *err)
{
    char *value = strchr(assignment, '=');

    if (!value || value == assignment)
        return ch_error_set(err, 0,
                            "cannot set environment variable: \"%s\" is not "
                            "NAME=VALUE",
                            assignment);
    *value++ = '\0';
    return set_variable(plan, assignment, value, err);
}

/* Take one pair of single quotes off the value, in place. */
static void strip_quotes(char *assignment)
{
    char *value = strchr(assignment, '=');
    size_t length = value ? strlen(value + 1) : 0;

    if (length < 2 || value[1] != '\'' || value[length] != '\'')
        return;
    memmove(value + 1, value + 2, length - 2);
    value[length - 1] = '\0';
}

/* Lines of NAME=VALUE; empty ones mean nothing. */
static int set_lines(const struct plan *plan, const char *file, char *text,
                     struct ch_error *err)
{
    char *next = text;

    for (int number = 1; next; number++) {
        char *line = strsep(&next, "\n");

        if (!*line)
            continue;
        strip_quotes(line);
        if (set_assignment(plan, line, err) < 0)
            return ch_error_wrap(err, "%s:%d", file, number);
    }
    return 0;
}

static int unset_matching(const struct plan *plan, const char *glob,
                          struct ch_error *err)
{
    size_t i = 0;

    while (environ && environ[i]) {
        CLEANUP_FREE char *name = strndup(environ[i], strcspn(environ[i], "="));

        if (!name)
            return ch_error_set(err, errno, "cannot unset \"%s\"", glob);
        if (fnmatch(glob, name, FNM_EXTMATCH) != 0 || unsetenv(name) < 0)
            i++;
        else
            log_trace(&plan->log, "environment: unset %s", name);
    }
    return 0;
}

static int set_from_image(const struct plan *plan, struct ch_error *err)
{
    CLEANUP_FREE char *text = read_file(IMAGE_FILE, err);

    if (!text) {
        ch_error_wrap(err, "option \"--set-env\" in image \"%s\"",
                      plan->image_path);
        return -1;
    }
    return set_lines(plan, IMAGE_FILE, text, err);
}

static int apply_change(const struct plan *plan,
                        const struct environment_change *change, char *text,
                        struct ch_error *err)
{
    CLEANUP_FREE char *copy = NULL;

    switch (change->action) {
    case ENVIRONMENT_SET:
        copy = strdup(change->argument);
        if (!copy)
            return ch_error_set(err, errno, "cannot set the environment");
        return set_assignment(plan, copy, err);
    case ENVIRONMENT_SET_FILE:
        return set_lines(plan, change->argument, text, err);
    case ENVIRONMENT_SET_IMAGE:
        return set_from_image(plan, err);
    case ENVIRONMENT_UNSET:
        return unset_matching(plan, change->argument, err);
    }
    return 0;
}

/* --- what happens without being asked --------------------------------------
 */

static bool has_item(const char *path, const char *wanted)
{
    size_t length = strlen(wanted);

    for (const char *item = path; item; item = strchr(item, ':')) {
        item += item[0] == ':';
        if (!strncmp(item, wanted, length) &&
            (!item[length] || item[length] == ':'))
            return true;
    }
    return false;
}

/* Images without merged /usr keep basic programs in /bin, which many hosts
   leave out of $PATH. */
static int add_bin_to_path(const struct plan *plan, struct ch_error *err)
{
    const char *path = getenv("PATH");
    CLEANUP_FREE char *longer = NULL;

    if (!path) {
        log_warning(&plan->log, "$PATH is not set");
        return 0;
    }
    if (has_item(path, "/bin"))
        return 0;
    if (asprintf(&longer, "%s:/bin", path) < 0) {
        longer = NULL;
        return ch_error_set(err, ENOMEM, "cannot set $PATH");
    }
    return setenv("PATH", longer, 1) < 0
               ? ch_error_set(err, errno, "cannot set $PATH")
               : 0;
}

static int apply_defaults(const struct plan *plan, struct ch_error *err)
{
    CLEANUP_FREE char *home = passwd_home(plan);

    if (!home || setenv("HOME", home, 1) < 0 || unsetenv("TMPDIR") < 0 ||
        setenv("CH_RUNNING", "Weird Al Yankovic", 1) < 0)
        return ch_error_set(err, errno, "cannot set the environment");
    return add_bin_to_path(plan, err);
}

int environment_apply(const struct plan *plan, char *const *texts,
                      struct ch_error *err)
{
    if (apply_defaults(plan, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->environment_count; i++)
        if (apply_change(plan, &plan->environment[i], texts[i], err) < 0)
            return -1;
    return 0;
}
