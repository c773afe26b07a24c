#include "config.h"

#include "run/origin.h"

#include <stdio.h>
#include <string.h>

#include "core/json_text.h"

static const char *const KINDS[] = {
    [ORIGIN_DEFAULT] = "default",
    [ORIGIN_FILE] = "file",
    [ORIGIN_ENVIRONMENT] = "environment",
    [ORIGIN_OPTION] = "option",
};

char *origin_text(const struct origin *origin)
{
    char *text;

    if (origin->kind == ORIGIN_DEFAULT)
        return strdup(KINDS[ORIGIN_DEFAULT]);
    if (origin->kind == ORIGIN_ENVIRONMENT)
        return strdup(origin->place);
    if (origin->kind == ORIGIN_OPTION)
        return asprintf(&text, "--%s", origin->place) < 0 ? NULL : text;
    if (asprintf(&text, "%s:%u%s", origin->place, origin->line,
                 origin->fixed ? ", fixed" : "") < 0)
        return NULL;
    return text;
}

int origin_blame(const struct origin *origin, struct ch_error *err)
{
    if (origin->kind == ORIGIN_FILE)
        return ch_error_wrap(err, "%s:%u", origin->place, origin->line);
    if (origin->kind == ORIGIN_ENVIRONMENT)
        return ch_error_wrap(err, "%s", origin->place);
    return -1;
}

int origin_json(struct buffer *buffer, const struct origin *origin)
{
    if (buffer_printf(buffer, "{\"kind\": \"%s\"", KINDS[origin->kind]) < 0)
        return -1;
    if (origin->place && (buffer_printf(buffer, ", \"place\": ") < 0 ||
                          json_text_string(buffer, origin->place) < 0))
        return -1;
    if (origin->kind == ORIGIN_FILE &&
        buffer_printf(buffer, ", \"line\": %u", origin->line) < 0)
        return -1;
    return buffer_append(buffer, "}", 1);
}
