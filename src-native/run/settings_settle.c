/* When files, environment and options have all been read: what they say
   together. */

#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "run/further.h"
#include "run/setting.h"

/* Move what is fixed to the end of a list; `origin` is where in an element of
   `size` bytes its origin is. */
static int put_fixed_last(void *list, size_t count, size_t size, size_t origin,
                          struct ch_error *err)
{
    CLEANUP_FREE char *copy = count ? calloc(count, size) : NULL;
    char *next = copy;

    if (!count)
        return 0;
    if (!copy)
        return ch_error_set(err, errno, "cannot order the configuration");
    for (int fixed = 0; fixed < 2; fixed++)
        for (size_t i = 0; i < count; i++) {
            const char *element = (const char *)list + i * size;

            if (((const struct origin *)(element + origin))->fixed != fixed)
                continue;
            memcpy(next, element, size);
            next += size;
        }
    memcpy(list, copy, count * size);
    return 0;
}

/* Not of an option. */
static bool is_configured(const struct origin *origin)
{
    return origin->kind != ORIGIN_OPTION;
}

/* The same, and not fixed either. */
static bool is_preference(const struct origin *origin)
{
    return is_configured(origin) && !origin->fixed;
}

static bool yields(const struct plan *plan, const char *key)
{
    return is_preference(
        &plan->settings.origins[setting_index(setting_find(key))]);
}

static void drop_overlay_dir(struct plan *plan)
{
    free(plan->overlay_dir);
    plan->overlay_dir = NULL;
    plan->overlay_read_only = false;
}

/* --write changes the image itself. */
static void settle_write(struct plan *plan)
{
    if (!plan->write)
        return;
    if (yields(plan, "write-fake"))
        plan->overlay = false;
    if (yields(plan, "home"))
        plan->home = false;
    if (yields(plan, "overlay"))
        drop_overlay_dir(plan);
    further_forget(plan, is_preference);
}

/* What is written is kept or not. */
static void settle_overlays(struct plan *plan)
{
    if (!plan_keeps_writes(plan) || !plan->overlay)
        return;
    if (settings_is_asked_for(plan, "overlay") && yields(plan, "write-fake"))
        plan->overlay = false;
    else if (yields(plan, "overlay"))
        drop_overlay_dir(plan);
}

/* The container of another process is as it is: files say how a new one is
   made. */
static void settle_join_pid(struct plan *plan)
{
    bool *const switches[] = {&plan->join.is_wanted, &plan->overlay,
                              &plan->home, &plan->private_tmp};
    static const char *const KEYS[] = {"join", "write-fake", "home",
                                       "private-tmp"};

    if (!plan->join.pid)
        return;
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
        if (!settings_is_asked_for(plan, KEYS[i]))
            *switches[i] = false;
    if (!settings_is_asked_for(plan, "overlay"))
        drop_overlay_dir(plan);
    if (!settings_is_asked_for(plan, "isolate"))
        plan->isolated = 0;
    further_forget(plan, is_configured);
}

static void settle_join(struct plan *plan)
{
    if (!plan->isolated || !plan->join.is_wanted)
        return;
    if (settings_is_asked_for(plan, "join") && yields(plan, "isolate"))
        plan->isolated = 0;
    else if (yields(plan, "join"))
        plan->join.is_wanted = false;
}

static void settle_fuse(struct plan *plan)
{
    if (plan->fuse_share || plan->fuse_linger == 0)
        return;
    if (settings_is_asked_for(plan, "fuse-linger") &&
        yields(plan, "fuse-share"))
        plan->fuse_share = true;
    else if (yields(plan, "fuse-linger"))
        plan->fuse_linger = 0;
}

int settings_settle(struct parse *parse)
{
    struct plan *plan = parse->plan;

    settle_write(plan);
    settle_overlays(plan);
    settle_join_pid(plan);
    settle_join(plan);
    settle_fuse(plan);
    if (!plan->shows_warnings && plan->log.verbosity == 0)
        plan->log.verbosity = -1;
    if (put_fixed_last(plan->binds, plan->bind_count, sizeof(*plan->binds),
                       offsetof(struct bind, origin), parse->err) < 0)
        return -1;
    return put_fixed_last(
        plan->environment, plan->environment_count, sizeof(*plan->environment),
        offsetof(struct environment_change, origin), parse->err);
}
