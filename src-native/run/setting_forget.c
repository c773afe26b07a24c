/* Empty values: what takes a setting back. */

#include "config.h"

#include <stdlib.h>

#include "run/further.h"
#include "run/setting.h"

/* Entries of a list that are neither fixed nor of an option. */
static bool is_forgotten(const struct origin *origin)
{
    return !origin->fixed && origin->kind != ORIGIN_OPTION;
}

static void forget_binds(struct plan *plan, bool required)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->bind_count; i++) {
        struct bind *bind = &plan->binds[i];

        if (bind->required != required || !is_forgotten(&bind->origin)) {
            plan->binds[kept++] = *bind;
            continue;
        }
        free(bind->source);
        free(bind->destination);
    }
    plan->bind_count = kept;
}

static void forget_devices(struct plan *plan, bool required)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->cdi_request_count; i++) {
        const struct cdi_request *request = &plan->cdi_requests[i];

        if (request->required != required || !is_forgotten(&request->origin))
            plan->cdi_requests[kept++] = *request;
    }
    plan->cdi_request_count = kept;
}

/* The handler of the list that the change belongs to. */
static option_handler *handler_of(const struct environment_change *change)
{
    switch (change->action) {
    case ENVIRONMENT_UNSET:
        return setting_unset_env;
    case ENVIRONMENT_SET_FILE0:
        return setting_set_env0;
    case ENVIRONMENT_SET:
    case ENVIRONMENT_SET_FILE:
    case ENVIRONMENT_SET_IMAGE:
        break;
    }
    return setting_set_env;
}

static void forget_environment(struct plan *plan, option_handler *handle)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct environment_change *change = &plan->environment[i];

        if (handler_of(change) != handle || !is_forgotten(&change->origin))
            plan->environment[kept++] = *change;
    }
    plan->environment_count = kept;
}

static void forget_entries(struct plan *plan, option_handler *handle)
{
    if (handle == option_bind || handle == setting_optional_bind)
        forget_binds(plan, handle == option_bind);
    else if (handle == setting_cdi || handle == setting_optional_cdi)
        forget_devices(plan, handle == setting_cdi);
    else if (handle == setting_lower)
        further_forget(plan, is_forgotten);
    else
        forget_environment(plan, handle);
}

int setting_forget(struct parse *parse, const struct setting *setting)
{
    struct plan *plan = parse->plan;

    if (setting->kind == SETTING_LIST) {
        forget_entries(plan, setting->handle);
    } else if (setting->handle == setting_isolate) {
        plan->isolated = 0;
    } else if (setting->handle == option_overlay) {
        free(plan->overlay_dir);
        plan->overlay_dir = NULL;
        plan->overlay_read_only = false;
    } else {
        return ch_error_set(parse->err, 0, "\"%s =\": no value", setting->key);
    }
    return 0;
}
