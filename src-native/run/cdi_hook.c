/* Known are the hooks of NVIDIA's Container Toolkit, by what they are called:
   "nvidia-cdi-hook NAME OPTION...", or in older releases "nvidia-ctk hook NAME
   OPTION...". Options of theirs that only say how to find the container are
   passed over. */

#include "config.h"

#include "run/cdi_hook.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "run/cdi_schema.h"

#define MODE_BITS 07777

/* A hook that is being read. */
struct reading {
    struct cdi_change **changes;
    size_t *count;
    size_t first; /* of this hook's */
    mode_t mode;  /* --mode */
    bool has_mode;
    struct ch_error *err;
};

struct option {
    const char *name;
    int (*take)(struct reading *reading, const char *value);
};

struct known_hook {
    const char *name;
    bool is_needless;
    struct option options[3];
    int (*finish)(struct reading *reading); /* or NULL */
};

static struct cdi_change *add(struct reading *reading,
                              enum cdi_change_kind kind, const char *path)
{
    struct cdi_change *change =
        array_append(reading->changes, reading->count, sizeof(*change));

    if (change)
        *change = (struct cdi_change){.kind = kind, .path = path};
    else
        ch_error_set(reading->err, errno, "cannot note a hook");
    return change;
}

static int refuse(struct reading *reading, const char *option,
                  const char *value, const char *wanted)
{
    return ch_error_set(reading->err, 0, "option \"--%s\": \"%s\" is not %s",
                        option, value, wanted);
}

/* --- options ----------------------------------------------------------------
 */

static int take_folder(struct reading *reading, const char *value)
{
    if (value[0] != '/')
        return refuse(reading, "folder", value, "an absolute path");
    return add(reading, CDI_LIBRARIES, value) ? 0 : -1;
}

/* "TARGET::LINK" */
static int take_link(struct reading *reading, const char *value)
{
    const char *colons = strstr(value, "::");
    struct cdi_change *change;

    if (!colons || colons == value || colons[2] != '/' ||
        strstr(colons + 2, "::"))
        return refuse(reading, "link", value,
                      "TARGET::LINK with an absolute LINK");
    change = add(reading, CDI_LINK, colons + 2);
    if (!change)
        return -1;
    change->target = value;
    change->target_length = (size_t)(colons - value);
    return 0;
}

static int take_mode(struct reading *reading, const char *value)
{
    char *end;
    unsigned long mode = strtoul(value, &end, 8);

    if (value[0] < '0' || value[0] > '7' || *end || mode > MODE_BITS)
        return refuse(reading, "mode", value, "an octal mode");
    reading->mode = (mode_t)mode;
    reading->has_mode = true;
    return 0;
}

static int take_path(struct reading *reading, const char *value)
{
    if (value[0] != '/')
        return refuse(reading, "path", value, "an absolute path");
    return add(reading, CDI_MODE, value) ? 0 : -1;
}

/* The mode may come behind the paths. */
static int finish_chmod(struct reading *reading)
{
    if (!reading->has_mode)
        return ch_error_set(reading->err, 0, "option \"--mode\" is missing");
    for (size_t i = reading->first; i < *reading->count; i++)
        (*reading->changes)[i].mode = reading->mode;
    return 0;
}

static int take_driver_version(struct reading *reading, const char *value)
{
    struct cdi_change *change = add(reading, CDI_COMPATIBILITY, NULL);

    if (!change)
        return -1;
    change->target = value;
    change->target_length = strspn(value, "0123456789");
    return 0;
}

/* --- hooks ------------------------------------------------------------------
 */

static const struct known_hook HOOKS[] = {
    {"update-ldcache", false, {{"folder", take_folder}}, NULL},
    /* ldconfig makes these links while it is at it. */
    {"create-soname-symlinks", false, {{"folder", take_folder}}, NULL},
    {"create-symlinks", false, {{"link", take_link}}, NULL},
    {"chmod", false, {{"mode", take_mode}, {"path", take_path}}, finish_chmod},
    {"enable-cuda-compat",
     false,
     {{"host-driver-version", take_driver_version}},
     NULL},
    {"cuda-compat",
     false,
     {{"host-driver-version", take_driver_version}},
     NULL},
    /* It keeps the driver from making device files: nobody can here. */
    {"disable-device-node-modification", true, {{.name = NULL}}, NULL},
};

static bool is_program(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');

    return !strcmp(slash ? slash + 1 : path, name);
}

/* The argument that names what a program of NVIDIA's is to do, or NULL. */
static const struct json *find_verb(const struct json *hook)
{
    const char *path = cdi_schema_text(hook, "path");
    const struct json *argument = cdi_schema_first(hook, "args");

    if (!argument)
        return NULL;
    argument = argument->next; /* the name of the program */
    if (is_program(path, "nvidia-cdi-hook"))
        return argument;
    if (is_program(path, "nvidia-ctk") && argument &&
        !strcmp(argument->text, "hook"))
        return argument->next;
    return NULL;
}

static const struct known_hook *find_hook(const struct json *verb)
{
    for (size_t i = 0; verb && i < sizeof(HOOKS) / sizeof(HOOKS[0]); i++)
        if (!strcmp(HOOKS[i].name, verb->text))
            return &HOOKS[i];
    return NULL;
}

/* The value of option `name` at `*argument`, "--name=VALUE" or "--name VALUE";
   then `*argument` is the last word of it. NULL: it is another word. */
static const char *option_value(const char *name, const struct json **argument)
{
    const char *word = (*argument)->text;
    size_t length = strlen(name);

    word += strspn(word, "-");
    if (word == (*argument)->text || strncmp(word, name, length) != 0)
        return NULL;
    if (word[length] == '=')
        return word + length + 1;
    if (word[length] || !(*argument)->next)
        return NULL;
    *argument = (*argument)->next;
    return (*argument)->text;
}

static int take_options(const struct known_hook *known, const struct json *verb,
                        struct reading *reading)
{
    for (const struct json *argument = verb->next; argument;
         argument = argument->next)
        for (const struct option *option = known->options; option->name;
             option++) {
            const char *value = option_value(option->name, &argument);

            if (!value)
                continue;
            if (option->take(reading, value) < 0)
                return -1;
            break;
        }
    return known->finish ? known->finish(reading) : 0;
}

enum cdi_hook_answer cdi_hook_read(const struct json *hook,
                                   struct cdi_change **changes, size_t *count,
                                   struct ch_error *err)
{
    const struct json *verb = find_verb(hook);
    const struct known_hook *known = find_hook(verb);
    struct reading reading = {
        .changes = changes, .count = count, .first = *count, .err = err};

    if (!known)
        return CDI_HOOK_UNKNOWN;
    if (known->is_needless)
        return CDI_HOOK_NEEDLESS;
    return take_options(known, verb, &reading) < 0 ? CDI_HOOK_FAILED
                                                   : CDI_HOOK_KNOWN;
}

char *cdi_hook_title(const struct json *hook)
{
    const struct json *argument = cdi_schema_first(hook, "args");
    char *title = strdup(cdi_schema_text(hook, "path"));

    for (argument = argument ? argument->next : NULL;
         title && argument && argument->text[0] != '-';
         argument = argument->next) {
        char *longer;

        if (asprintf(&longer, "%s %s", title, argument->text) < 0)
            longer = NULL;
        free(title);
        title = longer;
    }
    return title;
}
