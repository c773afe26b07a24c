#include "config.h"

#include "run/explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/file.h"
#include "run/further.h"
#include "run/mountinfo.h"
#include "run/overlay.h"
#include "run/plan.h"
#include "run/setting.h"

#define MAP_SIZE 128 /* of a line in /proc/self/uid_map */

struct explain *explain_new(bool is_json)
{
    struct explain *explain = calloc(1, sizeof(*explain));

    if (explain)
        explain->is_json = is_json;
    return explain;
}

static void environment_free(char **environment)
{
    for (char **item = environment; item && *item; item++)
        free(*item);
    free(environment);
}

void explain_release(struct explain *explain)
{
    if (!explain)
        return;
    for (size_t i = 0; i < explain->mount_count; i++) {
        free(explain->mounts[i].at);
        free(explain->mounts[i].source);
    }
    for (size_t i = 0; i < explain->variable_count; i++) {
        free(explain->variables[i].name);
        free(explain->variables[i].value);
    }
    free(explain->mounts);
    free(explain->variables);
    free(explain->keeps);
    free(explain->outer_uids);
    free(explain->outer_gids);
    environment_free(explain->environment);
    free(explain);
}

/* Above what has been kept is put an overlay in memory: it looks the same. */
static int spare_overlay(struct plan *plan, struct ch_error *err)
{
    CLEANUP_FREE char *upper = NULL;

    if (!plan_keeps_writes(plan))
        return 0;
    if (asprintf(&upper, "%s/" OVERLAY_UPPER, plan->overlay_dir) < 0) {
        upper = NULL;
        return ch_error_set(err, ENOMEM, "cannot explain");
    }
    plan->overlay = true;
    plan->explain->keeps = strdup(plan->overlay_dir);
    if (access(upper, F_OK) == 0) {
        plan->overlay_read_only = true;
        return 0;
    }
    free(plan->overlay_dir);
    plan->overlay_dir = NULL;
    return 0;
}

int explain_prepare(struct plan *plan, struct ch_error *err)
{
    if (!plan->explain)
        return 0;
    if (plan->write && plan->cdi)
        return ch_error_set(err, 0,
                            "cannot explain --cdi together with --write: it "
                            "would change the image");
    if (stat(plan->image, &plan->explain->image) < 0)
        return ch_error_set(err, errno, "cannot examine image \"%s\"",
                            plan->image_path);
    plan->record = NULL;
    plan->fuse_linger = 0;
    plan->silence_output = false;
    return spare_overlay(plan, err);
}

/* --- mounts ----------------------------------------------------------------
 */

/* Takes `at` and `source` over. */
static void add_mount(struct explain *explain,
                      const struct explain_mount *mount)
{
    struct explain_mount *mounts = reallocarray(
        explain->mounts, explain->mount_count + 1, sizeof(*mounts));

    if (!mounts) {
        explain->has_failed = true;
        free(mount->at);
        free(mount->source);
        return;
    }
    explain->mounts = mounts;
    mounts[explain->mount_count++] = *mount;
}

static bool knows_mount(const struct explain *explain, long id)
{
    for (size_t i = 0; i < explain->mount_count; i++)
        if (explain->mounts[i].id == id)
            return true;
    return false;
}

void explain_mounts(struct explain *explain, const struct explain_rule *rule,
                    const char *source)
{
    CLEANUP_FREE char *text = NULL;
    struct mountinfo line;
    char *next;

    if (!explain)
        return;
    text = next = mountinfo_read();
    explain->has_failed = explain->has_failed || !text;
    while (mountinfo_next(&next, &line)) {
        if (knows_mount(explain, line.id))
            continue;
        add_mount(explain, &(struct explain_mount){
                               .id = line.id,
                               .source = source ? strdup(source) : NULL,
                               .rule = *rule});
        /* What follows is mounted below the source, and comes with it. */
        source = NULL;
    }
}

char *explain_id_map(const char *path)
{
    unsigned inside, outside, count;
    char line[MAP_SIZE];
    char *text;

    if (file_read_line(path, line, sizeof(line)) < 0 ||
        sscanf(line, "%u %u %u", &inside, &outside, &count) != 3 ||
        asprintf(&text, "%u %u %u", inside, outside, count) < 0)
        return NULL;
    return text;
}

void explain_outer_ids(struct explain *explain)
{
    if (!explain)
        return;
    explain->outer_uids = explain_id_map("/proc/self/uid_map");
    explain->outer_gids = explain_id_map("/proc/self/gid_map");
}

void explain_base(struct explain *explain, const struct explain_rule *rule)
{
    explain_outer_ids(explain);
    explain_mounts(explain, rule, NULL);
}

void explain_predicted(struct explain *explain, const struct bind *bind)
{
    const char *at = bind->destination ? bind->destination : bind->source;

    add_mount(explain,
              &(struct explain_mount){.id = -1,
                                      .at = strdup(at),
                                      .source = strdup(bind->source),
                                      .rule = explain_rule_of_bind(bind)});
}

struct explain_rule explain_rule_of_bind(const struct bind *bind)
{
    return (struct explain_rule){
        bind->origin.kind == ORIGIN_DEFAULT ? "default bind" : "bind",
        bind->origin};
}

struct explain_rule explain_rule_of_setting(const struct plan *plan,
                                            const char *key, const char *text)
{
    const struct setting *setting = setting_find(key);

    return (struct explain_rule){
        text, plan->settings.origins[setting_index(setting)]};
}

struct explain_rule explain_rule_of_devices(const struct plan *plan)
{
    struct explain_rule rule = {.text = "CDI"};

    if (plan->cdi_request_count)
        rule.origin = plan->cdi_requests[0].origin;
    return rule;
}

void explain_mounts_setting(const struct plan *plan, const char *key,
                            const char *text)
{
    struct explain_rule rule;

    if (!plan->explain)
        return;
    rule = explain_rule_of_setting(plan, key, text);
    explain_mounts(plan->explain, &rule, NULL);
}

/* --- the environment -------------------------------------------------------
 */

static size_t name_length(const char *item)
{
    return strcspn(item, "=");
}

/* What is set for the name of `item`, or NULL. */
static const char *find_item(char **environment, const char *item)
{
    size_t length = name_length(item);

    for (; environment && *environment; environment++)
        if (name_length(*environment) == length &&
            !strncmp(*environment, item, length))
            return *environment;
    return NULL;
}

static void add_variable(struct explain *explain, const char *item, bool is_set,
                         const struct explain_rule *rule)
{
    struct explain_variable *variables = reallocarray(
        explain->variables, explain->variable_count + 1, sizeof(*variables));
    size_t length = name_length(item);

    if (!variables) {
        explain->has_failed = true;
        return;
    }
    explain->variables = variables;
    variables[explain->variable_count++] = (struct explain_variable){
        .name = strndup(item, length),
        .value = is_set ? strdup(item[length] ? item + length + 1 : "") : NULL,
        .rule = *rule};
}

static char **environment_copy(void)
{
    size_t count = 0;
    char **copy;

    while (environ && environ[count])
        count++;
    copy = calloc(count + 1, sizeof(*copy));
    for (size_t i = 0; copy && i < count; i++)
        copy[i] = strdup(environ[i]);
    return copy;
}

void explain_environment_begin(struct explain *explain)
{
    if (!explain)
        return;
    explain->environment = environment_copy();
    explain->has_failed = explain->has_failed || !explain->environment;
}

void explain_environment(struct explain *explain,
                         const struct explain_rule *rule)
{
    if (!explain)
        return;
    for (char **old = explain->environment; old && *old; old++)
        if (!find_item(environ, *old))
            add_variable(explain, *old, false, rule);
    for (char **now = environ; now && *now; now++) {
        const char *old = find_item(explain->environment, *now);

        if (!old || strcmp(old, *now))
            add_variable(explain, *now, true, rule);
    }
    environment_free(explain->environment);
    explain_environment_begin(explain);
}

void explain_environment_setting(const struct plan *plan, const char *key,
                                 const char *text)
{
    struct explain_rule rule;

    if (!plan->explain)
        return;
    rule = explain_rule_of_setting(plan, key, text);
    explain_environment(plan->explain, &rule);
}
