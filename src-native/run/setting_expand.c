#include "config.h"

#include "run/setting_expand.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "run/passwd.h"

/* How many characters of `text` can be a variable's name. */
static size_t name_length(const char *text)
{
    size_t length = 0;

    if (isdigit((unsigned char)text[0]))
        return 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length;
}

static int append_value(struct buffer *buffer, const char *value,
                        enum expansion expansion)
{
    for (; *value; value++) {
        if (expansion == EXPANSION_BIND && strchr(":\\", *value) &&
            buffer_append(buffer, "\\", 1) < 0)
            return -1;
        if (buffer_append(buffer, value, 1) < 0)
            return -1;
    }
    return 0;
}

static int append_variable(const struct plan *plan, struct buffer *buffer,
                           const char *name, enum expansion expansion,
                           struct ch_error *err)
{
    CLEANUP_FREE char *user = NULL;
    const char *value = getenv(name);

    if ((!value || !*value) && !strcmp(name, "USER"))
        value = user = passwd_user_name(plan);
    if (!value || !*value)
        return ch_error_set(err, 0, "$%s is not set", name);
    if (append_value(buffer, value, expansion) < 0)
        return ch_error_set(err, errno, "cannot use $%s", name);
    return 0;
}

/* The variable that `*text` begins with behind its dollar, or the dollar. */
static int append_dollar(const struct plan *plan, struct buffer *buffer,
                         const char **text, enum expansion expansion,
                         struct ch_error *err)
{
    bool braced = (*text)[1] == '{';
    const char *start = *text + 1 + braced;
    size_t length = name_length(start);
    CLEANUP_FREE char *name = strndup(start, length);

    if (!name)
        return ch_error_set(err, errno, "cannot use \"%s\"", *text);
    if (!length || (braced && start[length] != '}'))
        return ch_error_set(err, 0,
                            "\"%s\" is not $NAME or ${NAME}; a dollar is "
                            "written \"\\$\"",
                            *text);
    *text = start + length + braced;
    return append_variable(plan, buffer, name, expansion, err);
}

/* The backslash that `*text` begins with. In front of a dollar it is ours; a
   bind has escapes of its own. */
static int append_backslash(struct buffer *buffer, const char **text,
                            enum expansion expansion)
{
    const char *start = *text;
    bool is_pair = start[1] == '$' || start[1] == '\\';
    bool is_kept = start[1] == '\\' && expansion == EXPANSION_BIND;

    *text += is_pair ? 2 : 1;
    if (is_kept)
        return buffer_append(buffer, start, 2);
    return buffer_append(buffer, start + is_pair, 1);
}

static int expand(const struct plan *plan, struct buffer *buffer,
                  const char *text, enum expansion expansion,
                  struct ch_error *err)
{
    int status = 0;

    while (status == 0 && *text) {
        if (*text == '$') {
            if (append_dollar(plan, buffer, &text, expansion, err) < 0)
                return -1;
        } else if (*text == '\\') {
            status = append_backslash(buffer, &text, expansion);
        } else {
            status = buffer_append(buffer, text++, 1);
        }
    }
    return status < 0 ? ch_error_set(err, errno, "cannot note a value") : 0;
}

int setting_expand(const struct plan *plan, const char *text,
                   enum expansion expansion, char **expanded,
                   struct ch_error *err)
{
    CLEANUP_BUFFER struct buffer buffer = {0};

    if (expansion == EXPANSION_NONE) {
        *expanded = strdup(text);
        return *expanded ? 0 : ch_error_set(err, errno, "cannot note a value");
    }
    if (expand(plan, &buffer, text, expansion, err) < 0)
        return -1;
    *expanded = take_ptr(buffer.data);
    return 0;
}
