/* How settings are taken that options of the same name do not quite take, and
   how they are shown. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "run/bind_text.h"
#include "run/cdi.h"
#include "run/isolate.h"
#include "run/setting.h"
#include "run/storage.h"

/* For what ch-run finds a good value itself. */
#define AUTOMATIC "auto"

static const char *const ENGINES[] = {
    [ENGINE_ANY] = AUTOMATIC,
    [ENGINE_BUILTIN] = "builtin",
    [ENGINE_SQUASHFUSE] = "squashfuse",
};

/* The argument of an option outlives the plan, and so must the value. */
static int keep_value(struct parse *parse, option_handler *handle,
                      const char *value)
{
    char *copy = settings_keep(&parse->plan->settings, strdup(value));

    if (!copy)
        return ch_error_set(parse->err, errno, "cannot note \"%s\"", value);
    return handle(parse, copy);
}

static char *format_number(unsigned number)
{
    char *text;

    return asprintf(&text, "%u", number) < 0 ? NULL : text;
}

char *setting_show_color(const struct plan *plan)
{
    return strdup(plan->color);
}

int setting_isolate(struct parse *parse, const char *value)
{
    parse->plan->isolated = 0;
    return option_isolate(parse, value);
}

char *setting_show_isolate(const struct plan *plan)
{
    return isolate_text(plan);
}

int setting_lower(struct parse *parse, const char *value)
{
    return keep_value(parse, option_lower, value);
}

int setting_fuse_cache(struct parse *parse, const char *value)
{
    if (strcmp(value, AUTOMATIC))
        return option_fuse_cache(parse, value);
    parse->plan->fuse_cache = 0;
    return 0;
}

/* In the largest unit in which it is a whole number. */
char *setting_show_fuse_cache(const struct plan *plan)
{
    static const char *const UNITS[] = {"", "k", "m", "g"};
    size_t size = plan->fuse_cache;
    size_t unit = 0;
    char *text;

    if (!size)
        return strdup(AUTOMATIC);
    for (; unit < 3 && size % 1024 == 0; unit++)
        size /= 1024;
    return asprintf(&text, "%zu%s", size, UNITS[unit]) < 0 ? NULL : text;
}

char *setting_show_fuse_linger(const struct plan *plan)
{
    return format_number(plan->fuse_linger);
}

int setting_fuse_threads(struct parse *parse, const char *value)
{
    if (strcmp(value, AUTOMATIC))
        return option_fuse_threads(parse, value);
    parse->plan->fuse_threads = 0;
    return 0;
}

char *setting_show_fuse_threads(const struct plan *plan)
{
    return plan->fuse_threads ? format_number(plan->fuse_threads)
                              : strdup(AUTOMATIC);
}

int setting_optional_bind(struct parse *parse, const char *value)
{
    struct plan *plan = parse->plan;

    if (bind_text_add(plan, value, parse->err) < 0)
        return -1;
    plan->binds[plan->bind_count - 1].required = false;
    return 0;
}

char *setting_show_overlay(const struct plan *plan)
{
    char *text;

    if (!plan->overlay_dir)
        return strdup("");
    return asprintf(&text, "%s%s", plan->overlay_dir,
                    plan->overlay_read_only ? ":ro" : "") < 0
               ? NULL
               : text;
}

int setting_overlay_size(struct parse *parse, const char *value)
{
    bool overlay = parse->plan->overlay;

    if (keep_value(parse, option_write_fake, value) < 0)
        return -1;
    parse->plan->overlay = overlay;
    return 0;
}

char *setting_show_overlay_size(const struct plan *plan)
{
    return strdup(plan->overlay_size);
}

/* All devices: an option without argument. */
#define CDI_ALL "all"

int setting_cdi(struct parse *parse, const char *value)
{
    if (!strcmp(value, CDI_ALL))
        return option_cdi(parse, NULL);
    return keep_value(parse, option_cdi, value);
}

int setting_optional_cdi(struct parse *parse, const char *value)
{
    struct plan *plan = parse->plan;

    if (setting_cdi(parse, value) < 0)
        return -1;
    plan->cdi_requests[plan->cdi_request_count - 1].required = false;
    return 0;
}

const char *setting_text_of_cdi(const struct cdi_request *request)
{
    return request->text ? request->text : CDI_ALL;
}

int setting_cdi_dirs(struct parse *parse, const char *value)
{
    return keep_value(parse, option_cdi_dirs, value);
}

char *setting_show_cdi_dirs(const struct plan *plan)
{
    return strdup(plan->cdi_dirs ? plan->cdi_dirs : CDI_DIRECTORIES);
}

int setting_set_env(struct parse *parse, const char *value)
{
    return keep_value(parse, option_set_env, value);
}

int setting_set_env0(struct parse *parse, const char *value)
{
    return keep_value(parse, option_set_env0, value);
}

int setting_unset_env(struct parse *parse, const char *value)
{
    return keep_value(parse, option_unset_env, value);
}

int setting_squashfs_engine(struct parse *parse, const char *value)
{
    if (strcmp(value, AUTOMATIC))
        return option_squashfs_engine(parse, value);
    parse->plan->engine = ENGINE_ANY;
    return 0;
}

char *setting_show_engine(const struct plan *plan)
{
    return strdup(ENGINES[plan->engine]);
}

char *setting_show_storage(const struct plan *plan)
{
    return plan->storage ? strdup(plan->storage) : storage_default_path();
}
