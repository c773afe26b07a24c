#include "config.h"

#include "run/setting.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/cleanup.h"

const struct setting SETTINGS[SETTING_COUNT] = {
#define CH_SWITCH(name, field, by)                                             \
    {.key = name,                                                              \
     .kind = SETTING_SWITCH,                                                   \
     .member = offsetof(struct plan, field),                                   \
     .option = by},
#define CH_VALUE(name, handler, shower, expand, by)                            \
    {.key = name,                                                              \
     .kind = SETTING_VALUE,                                                    \
     .handle = handler,                                                        \
     .show = shower,                                                           \
     .expansion = expand,                                                      \
     .option = by},
#define CH_LIST(name, handler, expand, by)                                     \
    {.key = name,                                                              \
     .kind = SETTING_LIST,                                                     \
     .handle = handler,                                                        \
     .expansion = expand,                                                      \
     .option = by},
#include "run/setting.def"
#undef CH_SWITCH
#undef CH_VALUE
#undef CH_LIST
};

const struct setting *setting_find(const char *key)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (!strcmp(SETTINGS[i].key, key))
            return &SETTINGS[i];
    return NULL;
}

size_t setting_index(const struct setting *setting)
{
    return (size_t)(setting - SETTINGS);
}

static bool *switch_of(const struct plan *plan, const struct setting *setting)
{
    return (bool *)((char *)plan + setting->member);
}

static int set_switch(struct parse *parse, const struct setting *setting,
                      const char *value)
{
    bool on = !strcmp(value, "yes");

    if (!on && strcmp(value, "no"))
        return ch_error_set(parse->err, 0,
                            "\"%s = %s\": neither \"yes\" nor \"no\"",
                            setting->key, value);
    *switch_of(parse->plan, setting) = on;
    return 0;
}

/* A file or directory is named by its whole path: a configuration is read from
   any working directory. */
static int check_path(const struct setting *setting, const char *value,
                      struct ch_error *err)
{
    bool is_path = setting->expansion != EXPANSION_NONE ||
                   (setting->handle == setting_set_env && !strchr(value, '='));

    if (!is_path || value[0] == '/')
        return 0;
    return ch_error_set(err, 0, "\"%s = %s\": not an absolute path",
                        setting->key, value);
}

int setting_set(struct parse *parse, const struct setting *setting,
                const char *value)
{
    CLEANUP_FREE char *expanded = NULL;

    if (setting->kind == SETTING_SWITCH)
        return set_switch(parse, setting, value);
    if (!*value)
        return setting_forget(parse, setting);
    if (setting_expand(parse->plan, value, setting->expansion, &expanded,
                       parse->err) < 0) {
        if (setting->handle != setting_optional_bind)
            return -1;
        ch_error_clear(parse->err);
        return 0;
    }
    if (check_path(setting, expanded, parse->err) < 0)
        return -1;
    return setting->handle(parse, expanded);
}

char *setting_show(const struct plan *plan, const struct setting *setting)
{
    if (setting->kind == SETTING_SWITCH)
        return strdup(*switch_of(plan, setting) ? "yes" : "no");
    return setting->show(plan);
}
