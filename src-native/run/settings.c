#include "config.h"

#include "run/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/config_text.h"
#include "run/bind_text.h"
#include "run/setting.h"
#include "run/settings_file.h"

char *settings_keep(struct settings *settings, char *text)
{
    char **texts = text ? reallocarray(settings->texts,
                                       settings->text_count + 1, sizeof(*texts))
                        : NULL;

    if (!texts) {
        free(text);
        return NULL;
    }
    settings->texts = texts;
    texts[settings->text_count++] = text;
    return text;
}

void settings_release(struct settings *settings)
{
    for (size_t i = 0; i < settings->text_count; i++)
        free(settings->texts[i]);
    free(settings->texts);
    for (size_t i = 0; i < settings->file_count; i++) {
        free(settings->files[i].path);
        free(settings->files[i].reason);
    }
    free(settings->files);
}

/* --- who may set what ------------------------------------------------------
 */

static bool is_scalar(const struct setting *setting)
{
    return setting->kind != SETTING_LIST;
}

static bool is_fixed(const struct plan *plan, const struct setting *setting)
{
    return is_scalar(setting) &&
           plan->settings.origins[setting_index(setting)].fixed;
}

/* Set it, and note by whom. */
static int take_value(struct parse *parse, const struct setting *setting,
                      const char *value)
{
    struct plan *plan = parse->plan;

    if (setting_set(parse, setting, value) < 0)
        return -1;
    plan->settings.origins[setting_index(setting)] = plan->origin;
    return 0;
}

/* A key of another program, as "ch-convert.compress", is not ours to know. */
static bool is_of_other(const char *key)
{
    return !strncmp(key, "ch-", 3) && strchr(key, '.');
}

static int refuse_key(const char *key, struct ch_error *err)
{
    ch_error_set(err, 0, "unknown key \"%s\"", key);
    return ch_error_hint(err,
                         "charliecloud.conf(5) has the keys; what a newer "
                         "version knows is written \"if-known %s = ...\"",
                         key);
}

int settings_take_line(struct parse *parse, enum settings_owner owner,
                       const struct config_line *line)
{
    const struct setting *setting = setting_find(line->key);
    struct plan *plan = parse->plan;

    if (line->fixed && owner != SETTINGS_SITE)
        return ch_error_set(parse->err, 0,
                            "\"fixed\" is for the files of the site");
    if (!setting && (line->if_known || is_of_other(line->key)))
        return 0;
    if (!setting)
        return refuse_key(line->key, parse->err);
    if (is_fixed(plan, setting) && !line->fixed) {
        if (owner == SETTINGS_USER)
            plan->settings.ignored[setting_index(setting)] = plan->origin;
        return 0;
    }
    return take_value(parse, setting, line->value);
}

/* --- files and the environment ---------------------------------------------
 */

/* Variables that give a setting its value; of several for one key, the last
   that is set counts. */
static const struct {
    const char *name; /* with a dollar in front */
    const char *key;
    option_handler *handle;
} VARIABLES[] = {
    {"$CH_IMAGE_STORAGE", "storage", option_storage},
    {"$CH_RUN_CDI_DIRS", "cdi-dirs", option_cdi_dirs},
    {"$CH_CDI_DIRS", "cdi-dirs", option_cdi_dirs},
};

static int read_variables(struct parse *parse)
{
    struct plan *plan = parse->plan;

    for (size_t i = 0; i < sizeof(VARIABLES) / sizeof(VARIABLES[0]); i++) {
        const char *value = getenv(VARIABLES[i].name + 1);
        const struct setting *setting;

        if (!value || !*value)
            continue;
        setting = setting_find(VARIABLES[i].key);
        plan->origin =
            (struct origin){ORIGIN_ENVIRONMENT, VARIABLES[i].name, 0, false};
        if (is_fixed(plan, setting)) {
            plan->settings.ignored[setting_index(setting)] = plan->origin;
            continue;
        }
        plan->settings.origins[setting_index(setting)] = plan->origin;
        if (VARIABLES[i].handle(parse, value) < 0)
            return -1;
    }
    return 0;
}

int settings_read(struct parse *parse)
{
    if (settings_files_read(parse) < 0 || read_variables(parse) < 0)
        return -1;
    parse->plan->origin =
        (struct origin){ORIGIN_ENVIRONMENT, "$" BIND_TEXT_VARIABLE, 0, false};
    return bind_text_add_defaults(parse->plan, parse->err);
}

/* --- options ---------------------------------------------------------------
 */

/* Whether the option sets it. One with an optional argument sets, without it,
   only what has its own name. */
static bool is_set_by(const struct setting *setting, const char *option,
                      const char *argument)
{
    return is_scalar(setting) && setting->option &&
           !strcmp(setting->option, option) &&
           (setting->kind == SETTING_SWITCH || argument ||
            !strcmp(setting->key, option));
}

/* What is fixed may be asked for again, and not for another. */
static int check_fixed(struct parse *parse, const struct setting *setting,
                       const char *before)
{
    const struct origin *origin =
        &parse->plan->settings.origins[setting_index(setting)];
    CLEANUP_FREE char *after = setting_show(parse->plan, setting);

    if (!before || !after)
        return ch_error_set(parse->err, ENOMEM, "cannot note a value");
    if (!strcmp(before, after))
        return 0;
    return ch_error_set(parse->err, 0,
                        "the administrator has fixed \"%s = %s\" at %s:%u",
                        setting->key, before, origin->place, origin->line);
}

/* Note that the option has set it, unless it is fixed. */
static int note_option(struct parse *parse, const struct setting *setting,
                       const char *before)
{
    struct plan *plan = parse->plan;

    if (is_fixed(plan, setting))
        return check_fixed(parse, setting, before);
    plan->settings.origins[setting_index(setting)] = plan->origin;
    return 0;
}

int settings_imply(struct parse *parse, const char *key)
{
    const struct setting *setting = setting_find(key);
    CLEANUP_FREE char *before = setting_show(parse->plan, setting);

    if (setting_set(parse, setting, "yes") < 0)
        return -1;
    if (note_option(parse, setting, before) == 0)
        return 0;
    return ch_error_wrap(parse->err, "option \"--%s\"",
                         parse->plan->origin.place);
}

int settings_take_option(struct parse *parse, const char *name,
                         option_handler *handle, const char *argument)
{
    struct plan *plan = parse->plan;
    char *before[SETTING_COUNT] = {NULL};
    int status;

    plan->origin = (struct origin){ORIGIN_OPTION, name, 0, false};
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (is_fixed(plan, &SETTINGS[i]) &&
            is_set_by(&SETTINGS[i], name, argument))
            before[i] = setting_show(plan, &SETTINGS[i]);
    status = handle(parse, argument);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (status == 0 && is_set_by(&SETTINGS[i], name, argument) &&
            note_option(parse, &SETTINGS[i], before[i]) < 0)
            status = ch_error_wrap(parse->err, "option \"--%s\"", name);
        free(before[i]);
    }
    return status;
}

static int take_config(struct parse *parse, const struct config_line *line)
{
    const struct setting *setting = setting_find(line->key);
    CLEANUP_FREE char *before = NULL;

    if (line->fixed)
        return ch_error_set(parse->err, 0,
                            "\"fixed\" is for the files of the site");
    if (!setting)
        return line->if_known ? 0 : refuse_key(line->key, parse->err);
    if (is_fixed(parse->plan, setting))
        before = setting_show(parse->plan, setting);
    if (setting_set(parse, setting, line->value) < 0)
        return -1;
    return note_option(parse, setting, before);
}

int option_config(struct parse *parse, const char *argument)
{
    CLEANUP_FREE char *text = strdup(argument);
    struct config_text rest = {.next = text};
    struct config_line line;
    int found;

    if (!text)
        return ch_error_set(parse->err, errno, "cannot note \"--config\"");
    found = config_text_next(&rest, &line, parse->err);
    if (found == 0)
        return ch_error_set(parse->err, 0,
                            "option \"--config\" needs KEY=VALUE");
    if (found < 0 || take_config(parse, &line) < 0)
        return ch_error_wrap(parse->err, "option \"--config=%s\"", argument);
    return 0;
}

bool settings_is_asked_for(const struct plan *plan, const char *key)
{
    return plan->settings.origins[setting_index(setting_find(key))].kind ==
           ORIGIN_OPTION;
}

int settings_blame(const struct plan *plan, const char *key,
                   struct ch_error *err)
{
    return origin_blame(
        &plan->settings.origins[setting_index(setting_find(key))], err);
}

/* --- what is told ------------------------------------------------------------
 */

void settings_tell(const struct plan *plan)
{
    const struct settings *settings = &plan->settings;

    for (size_t i = 0; i < settings->file_count; i++)
        if (settings->files[i].reason)
            log_info(&plan->log, "configuration file \"%s\" is not read: %s",
                     settings->files[i].path, settings->files[i].reason);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct origin *fixed = &settings->origins[i];
        CLEANUP_FREE char *from = NULL;

        if (settings->ignored[i].kind == ORIGIN_DEFAULT)
            continue;
        from = origin_text(&settings->ignored[i]);
        log_warning(
            &plan->log, "\"%s\" of %s has no effect: it is fixed at %s:%u",
            SETTINGS[i].key, from ? from : "?", fixed->place, fixed->line);
    }
}
