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
#include "run/cdi_enter.h"
#include "run/passwd.h"

/* An environment file is read into memory whole. */
#define FILE_LIMIT (16 << 20)

/* Why variables are changed: for --explain. */
static const struct explain_rule RULE_DEFAULT = {.text = "default"};
static const struct explain_rule RULE_PATH = {.text = "/bin in $PATH"};
static const struct explain_rule RULE_IMAGE_FILE = {
    .text = "the image's " IMAGE_ENVIRONMENT};
static const struct explain_rule RULE_IMAGE_METADATA = {
    .text = "Env in the image's " IMAGE_METADATA};
static const char *const RULES[] = {
    [ENVIRONMENT_SET] = "set-env",
    [ENVIRONMENT_SET_FILE] = "set-env, from a file",
    [ENVIRONMENT_SET_FILE0] = "set-env0",
    [ENVIRONMENT_SET_IMAGE] = "set-env, from the image",
    [ENVIRONMENT_UNSET] = "unset-env",
};

/* --- reading files ---------------------------------------------------------
 */

static int read_file(const char *path, struct environment_text *text,
                     struct ch_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0)
        text->data = file_read_all(fd, FILE_LIMIT, &text->length);
    if (!text->data)
        return ch_error_set(err, errno, "cannot read environment file \"%s\"",
                            path);
    return 0;
}

void environment_release(const struct plan *plan,
                         struct environment_text *texts)
{
    for (size_t i = 0; texts && i < plan->environment_count; i++)
        free(texts[i].data);
    free(texts);
}

int environment_load(const struct plan *plan, struct environment_text **texts,
                     struct ch_error *err)
{
    struct environment_text *loaded =
        calloc(plan->environment_count + 1, sizeof(*loaded));

    if (!loaded)
        return ch_error_set(err, errno, "cannot read environment files");
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct environment_change *change = &plan->environment[i];

        if (change->action != ENVIRONMENT_SET_FILE &&
            change->action != ENVIRONMENT_SET_FILE0)
            continue;
        if (read_file(change->argument, &loaded[i], err) < 0) {
            environment_release(plan, loaded);
            return origin_blame(&change->origin, err);
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
    CLEANUP_FREE char *expanded =
        plan->expand_environment ? expand_value(value) : strdup(value);

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

/* NAME=VALUE, each but the last with `separator` behind it; empty ones mean
   nothing. */
static int set_all(const struct plan *plan, const char *file,
                   const struct environment_text *text, char separator,
                   struct ch_error *err)
{
    const char *end = text->data + text->length;
    const char *next = text->data;

    for (int number = 1; next < end; number++) {
        const char *stop = memchr(next, separator, (size_t)(end - next));
        size_t length = (size_t)((stop ? stop : end) - next);
        CLEANUP_FREE char *line = strndup(next, length);

        if (!line)
            return ch_error_set(err, errno, "cannot set the environment");
        next += length + 1;
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
    struct environment_text text = {0};
    int set;

    if (read_file(IMAGE_ENVIRONMENT, &text, err) < 0)
        return ch_error_wrap(err, "option \"--set-env\" in image \"%s\"",
                             plan->image_path);
    set = set_all(plan, IMAGE_ENVIRONMENT, &text, '\n', err);
    free(text.data);
    return set;
}

static int apply_change(const struct plan *plan,
                        const struct environment_change *change,
                        const struct environment_text *text,
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
        return set_all(plan, change->argument, text, '\n', err);
    case ENVIRONMENT_SET_FILE0:
        return set_all(plan, change->argument, text, '\0', err);
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
    CLEANUP_FREE char *home = NULL;

    /* Before --clean-env: the name of the user can be in $USER. */
    home = passwd_home(plan);
    if (!home || (plan->clean_environment && clearenv() != 0))
        return ch_error_set(err, errno, "cannot set the environment");
    explain_environment_setting(plan, "clean-env", "clean-env");
    if (setenv("HOME", home, 1) < 0)
        return ch_error_set(err, errno, "cannot set the environment");
    explain_environment_setting(plan, "home", plan->home ? "home" : "default");
    if (unsetenv("TMPDIR") < 0 ||
        setenv("CH_RUNNING", "Weird Al Yankovic", 1) < 0)
        return ch_error_set(err, errno, "cannot set the environment");
    return 0;
}

/* What the image's ENV says: as /ch/environment, whose lines are like those of
   --set-env, else as metadata, where values are meant as they are. */
static int apply_image(const struct plan *plan,
                       const struct image_config *config, struct ch_error *err)
{
    const struct environment_text text = {config->environment,
                                          config->environment_length};

    if (!plan->image_environment)
        return 0;
    if (text.data)
        return set_all(plan, IMAGE_ENVIRONMENT, &text, '\n', err);
    for (char **item = config->variables; item && *item; item++) {
        CLEANUP_FREE char *copy = strdup(*item);
        char *value = copy ? strchr(copy, '=') : NULL;

        if (!value || value == copy)
            return ch_error_set(err, 0, "\"%s\" is not NAME=VALUE", *item);
        *value++ = '\0';
        if (setenv(copy, value, 1) < 0)
            return ch_error_set(err, errno, "cannot set the environment");
        log_trace(&plan->log, "environment: %s=%s", copy, value);
    }
    return 0;
}

int environment_apply(const struct plan *plan,
                      const struct image_config *config,
                      const struct environment_text *texts,
                      struct ch_error *err)
{
    const struct explain_rule devices = explain_rule_of_devices(plan);
    struct explain *explain = plan->explain;

    explain_environment_begin(explain);
    if (apply_defaults(plan, err) < 0)
        return -1;
    explain_environment(explain, &RULE_DEFAULT);
    if (apply_image(plan, config, err) < 0) {
        ch_error_wrap(err, "cannot use the environment of image \"%s\"",
                      plan->image_path);
        return ch_error_hint(err, "--no-image-env leaves it out");
    }
    explain_environment(explain, config->environment ? &RULE_IMAGE_FILE
                                                     : &RULE_IMAGE_METADATA);
    if (cdi_set_environment(plan, err) < 0)
        return -1;
    explain_environment(explain, &devices);
    if (add_bin_to_path(plan, err) < 0)
        return -1;
    explain_environment(explain, &RULE_PATH);
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct environment_change *change = &plan->environment[i];

        if (apply_change(plan, change, &texts[i], err) < 0)
            return origin_blame(&change->origin, err);
        explain_environment(
            explain,
            &(struct explain_rule){RULES[change->action], change->origin});
    }
    return 0;
}
