#include "config.h"

#include <string.h>

#include "core/json_text.h"
#include "run/explain_text.h"
#include "run/setting.h"

/* `"NAME": "TEXT"`, with what separates it from what comes before. */
static int add_member(struct buffer *buffer, const char *separator,
                      const char *name, const char *text)
{
    if (buffer_printf(buffer, "%s\"%s\": ", separator, name) < 0)
        return -1;
    return json_text_string(buffer, text);
}

static int add_rule(struct buffer *buffer, const struct explain_rule *rule)
{
    if (add_member(buffer, ", ", "rule", rule->text) < 0 ||
        buffer_printf(buffer, ", \"origin\": ") < 0 ||
        origin_json(buffer, &rule->origin) < 0)
        return -1;
    return buffer_printf(buffer, "}");
}

static int add_below(struct buffer *buffer, const char *path,
                     const struct explain_rule *rule)
{
    bool is_first = buffer->data[buffer->length - 1] == '[';

    if (add_member(buffer, is_first ? "{" : ", {", "path", path) < 0)
        return -1;
    return add_rule(buffer, rule);
}

static int add_image(struct buffer *buffer, const struct explain_facts *facts)
{
    const struct plan *plan = facts->plan;

    if (add_member(buffer, "{\n  \"image\": {", "path", plan->image) < 0 ||
        add_member(buffer, ", ", "given_as", plan->image_path) < 0 ||
        add_member(buffer, ", ", "kind", facts->image_kind) < 0 ||
        add_member(buffer, ", ", "identity", facts->identity) < 0 ||
        buffer_printf(buffer, ", \"above\": [") < 0 ||
        explain_each_below(buffer, plan, add_below) < 0)
        return -1;
    return buffer_printf(buffer, "]},\n");
}

static int add_ids(struct buffer *buffer, const struct explain_facts *facts)
{
    const struct explain *explain = facts->plan->explain;

    if (add_member(buffer, "  \"ids\": {\"outer\": {", "users",
                   explain->outer_uids) < 0 ||
        add_member(buffer, ", ", "groups", explain->outer_gids) < 0 ||
        add_member(buffer, "}, \"container\": {", "users", facts->uids) < 0 ||
        add_member(buffer, ", ", "groups", facts->gids) < 0)
        return -1;
    return buffer_printf(buffer, "}},\n");
}

static int add_place(struct buffer *buffer, const struct explain_place *place)
{
    const struct explain_mount *mount = place->mount;
    const struct mountinfo *line = &place->line;
    bool is_predicted = mount->id < 0;
    bool is_read_only = !is_predicted && mountinfo_has_option(line, "ro");

    if (add_member(buffer, "    {", "at", is_predicted ? mount->at : line->at) <
            0 ||
        add_member(buffer, ", ", "from", mount->source) < 0 ||
        add_member(buffer, ", ", "type", is_predicted ? NULL : line->type) <
            0 ||
        buffer_printf(buffer, ", \"read_only\": %s, \"predicted\": %s",
                      is_read_only ? "true" : "false",
                      is_predicted ? "true" : "false") < 0)
        return -1;
    return add_rule(buffer, &mount->rule);
}

static int add_places(struct buffer *buffer, const struct explain_facts *facts)
{
    if (buffer_printf(buffer, "  \"mounts\": [") < 0)
        return -1;
    for (size_t i = 0; i < facts->place_count; i++)
        if (buffer_printf(buffer, "%s\n", i ? "," : "") < 0 ||
            add_place(buffer, &facts->places[i]) < 0)
            return -1;
    return buffer_printf(buffer, "\n  ],\n");
}

static int add_variables(struct buffer *buffer, const struct explain *explain)
{
    if (buffer_printf(buffer, "  \"environment\": [") < 0)
        return -1;
    for (size_t i = 0; i < explain->variable_count; i++) {
        const struct explain_variable *variable = &explain->variables[i];

        if (add_member(buffer, i ? ",\n    {" : "\n    {", "name",
                       variable->name) < 0 ||
            add_member(buffer, ", ", "value", variable->value) < 0 ||
            add_rule(buffer, &variable->rule) < 0)
            return -1;
    }
    return buffer_printf(buffer, "\n  ],\n");
}

static int add_seccomp(struct buffer *buffer, const struct plan *plan)
{
    const struct explain_rule rule =
        explain_rule_of_setting(plan, "seccomp", "seccomp");

    if (buffer_printf(buffer, "  \"root_emulation\": {\"on\": %s",
                      plan->emulate_root ? "true" : "false") < 0 ||
        add_rule(buffer, &rule) < 0)
        return -1;
    return buffer_printf(buffer, ",\n");
}

static int add_command(struct buffer *buffer, const struct explain_facts *facts)
{
    if (add_member(buffer, "  ", "directory", facts->directory) < 0 ||
        buffer_printf(buffer, ",\n  \"command\": {\"words\": [") < 0)
        return -1;
    for (char **word = facts->command; *word; word++)
        if (buffer_printf(buffer, "%s", word == facts->command ? "" : ", ") <
                0 ||
            json_text_string(buffer, *word) < 0)
            return -1;
    if (add_member(buffer, "], ", "entry_from", facts->entry_from) < 0 ||
        add_member(buffer, ", ", "from", facts->command_from) < 0 ||
        add_member(buffer, ", ", "file", facts->file) < 0)
        return -1;
    return buffer_printf(buffer, "}\n}\n");
}

int explain_json(struct buffer *buffer, const struct explain_facts *facts)
{
    if (add_image(buffer, facts) < 0 || add_ids(buffer, facts) < 0 ||
        add_places(buffer, facts) < 0 ||
        add_variables(buffer, facts->plan->explain) < 0 ||
        add_seccomp(buffer, facts->plan) < 0)
        return -1;
    return add_command(buffer, facts);
}
