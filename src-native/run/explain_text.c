#include "config.h"

#include "run/explain_text.h"

#include <string.h>

#include "core/cleanup.h"
#include "run/further.h"
#include "run/setting.h"

/* Where the reasons begin, if what they explain is not longer. */
#define REASON_COLUMN 48

/* End a line that began at `start`: pad it, and say why. */
static int add_reason(struct buffer *buffer, size_t start,
                      const struct explain_rule *rule)
{
    int width = REASON_COLUMN - (int)(buffer->length - start);
    CLEANUP_FREE char *from = origin_text(&rule->origin);
    bool is_default = rule->origin.kind == ORIGIN_DEFAULT;

    if (!from)
        return -1;
    return buffer_printf(buffer, "%*s # %s%s%s\n", width > 0 ? width : 0, "",
                         rule->text, is_default ? "" : ": ",
                         is_default ? "" : from);
}

static int add_below(struct buffer *buffer, const char *path,
                     const struct explain_rule *rule)
{
    size_t start = buffer->length;

    if (buffer_printf(buffer, "    above %s", path) < 0)
        return -1;
    return add_reason(buffer, start, rule);
}

static int add_image(struct buffer *buffer, const struct explain_facts *facts)
{
    const struct plan *plan = facts->plan;

    if (buffer_printf(buffer, "image: %s\n", plan->image) < 0 ||
        (strcmp(plan->image, plan->image_path) &&
         buffer_printf(buffer, "    given as %s\n", plan->image_path) < 0) ||
        buffer_printf(buffer, "    %s; %s\n", facts->image_kind,
                      facts->identity) < 0)
        return -1;
    return explain_each_below(buffer, plan, add_below);
}

int explain_each_below(struct buffer *buffer, const struct plan *plan,
                       explain_below *add)
{
    static const struct explain_rule LAYER = {.text = "layer of the image"};

    for (size_t i = 0; i < plan->layer_count; i++)
        if (add(buffer, plan->layers[i], &LAYER) < 0)
            return -1;
    for (size_t i = 0; i < plan->further_count; i++) {
        const struct further_image *image = &plan->further[i];
        const struct explain_rule rule = {"lower", image->origin};

        if (image->use == FURTHER_BELOW &&
            add(buffer, image->plan.image, &rule) < 0)
            return -1;
    }
    return 0;
}

static int add_ids(struct buffer *buffer, const struct explain_facts *facts)
{
    const struct explain *explain = facts->plan->explain;

    return buffer_printf(buffer,
                         "ids, as \"inside outside count\":\n"
                         "    outer namespace: users %s; groups %s\n"
                         "    container: users %s; groups %s\n",
                         explain->outer_uids ? explain->outer_uids : "?",
                         explain->outer_gids ? explain->outer_gids : "?",
                         facts->uids, facts->gids);
}

static int add_place(struct buffer *buffer, const struct explain_place *place)
{
    const struct explain_mount *mount = place->mount;
    const struct mountinfo *line = &place->line;
    size_t start = buffer->length;
    int status;

    if (mount->id < 0)
        status = buffer_printf(buffer, "    %s from %s (made in the image)",
                               mount->at, mount->source);
    else
        status = buffer_printf(buffer, "    %s%s%s (%s, %s)", line->at,
                               mount->source ? " from " : "",
                               mount->source ? mount->source : "", line->type,
                               mountinfo_has_option(line, "ro") ? "ro" : "rw");
    return status < 0 ? -1 : add_reason(buffer, start, &mount->rule);
}

static int add_places(struct buffer *buffer, const struct explain_facts *facts)
{
    if (buffer_printf(buffer, "mounts, in this order:\n") < 0)
        return -1;
    for (size_t i = 0; i < facts->place_count; i++)
        if (add_place(buffer, &facts->places[i]) < 0)
            return -1;
    return 0;
}

static int add_variables(struct buffer *buffer, const struct explain *explain)
{
    if (buffer_printf(buffer, "changes of the environment, in this order:\n") <
        0)
        return -1;
    for (size_t i = 0; i < explain->variable_count; i++) {
        const struct explain_variable *variable = &explain->variables[i];
        size_t start = buffer->length;
        bool is_set = variable->value != NULL;

        if (buffer_printf(buffer, "    %s %s%s%s", is_set ? "set" : "unset",
                          variable->name, is_set ? "=" : "",
                          is_set ? variable->value : "") < 0 ||
            add_reason(buffer, start, &variable->rule) < 0)
            return -1;
    }
    return 0;
}

static int add_seccomp(struct buffer *buffer, const struct plan *plan)
{
    const struct explain_rule rule =
        explain_rule_of_setting(plan, "seccomp", "seccomp");
    size_t start = buffer->length;

    if (buffer_printf(buffer, "root emulation: %s",
                      plan->emulate_root ? "on" : "off") < 0)
        return -1;
    return add_reason(buffer, start, &rule);
}

static int add_command(struct buffer *buffer, const struct explain_facts *facts)
{
    if (buffer_printf(
            buffer, "directory: %s\ncommand, from %s%s%s:\n   ",
            facts->directory, facts->entry_from ? facts->entry_from : "",
            facts->entry_from ? " and " : "", facts->command_from) < 0)
        return -1;
    for (char **word = facts->command; *word; word++)
        if (buffer_printf(buffer, " \"%s\"", *word) < 0)
            return -1;
    return buffer_printf(buffer, "\n    executed is: %s\n",
                         facts->file ? facts->file
                                     : "nothing, it is not there");
}

int explain_text(struct buffer *buffer, const struct explain_facts *facts)
{
    if (add_image(buffer, facts) < 0 || add_ids(buffer, facts) < 0 ||
        add_places(buffer, facts) < 0 ||
        add_variables(buffer, facts->plan->explain) < 0 ||
        add_seccomp(buffer, facts->plan) < 0)
        return -1;
    return add_command(buffer, facts);
}
