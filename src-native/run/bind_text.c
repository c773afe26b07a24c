#include "config.h"

#include "run/bind_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cleanup.h"

/* SRC, DST and the mode. */
#define FIELDS_MAX 3

/* Cut the field that `text` begins with off, in place, without its escapes.
   Returns what follows its colon, or NULL at the end. */
static char *cut_field(char *text)
{
    char *to = text;

    for (; *text && *text != ':'; text++) {
        if (text[0] == '\\' && (text[1] == ':' || text[1] == '\\'))
            text++;
        *to++ = *text;
    }
    if (!*text) {
        *to = '\0';
        return NULL;
    }
    *to = '\0';
    return text + 1;
}

static bool is_mode(const char *field)
{
    return !strcmp(field, "ro") || !strcmp(field, "rw");
}

static int refuse(const char *text, struct ch_error *err)
{
    ch_error_set(err, 0, "cannot bind \"%s\": not SRC[:DST][:ro|rw]", text);
    return ch_error_hint(err, "a colon in a path is written \"\\:\", a "
                              "backslash \"\\\\\"");
}

static int check_paths(const char *text, const char *source,
                       const char *destination, struct ch_error *err)
{
    if (!*source || (destination && !*destination))
        return ch_error_set(err, 0,
                            "cannot bind \"%s\": an empty path; give "
                            "SRC[:DST][:ro|rw]",
                            text);
    if (destination && destination[0] != '/')
        return ch_error_set(err, 0,
                            "cannot bind \"%s\": destination \"%s\" is not "
                            "an absolute path",
                            text, destination);
    return 0;
}

int bind_text_add(struct plan *plan, const char *text, struct ch_error *err)
{
    CLEANUP_FREE char *copy = strdup(text);
    char *fields[FIELDS_MAX];
    const char *mode = "rw", *destination;
    size_t count = 0;

    if (!copy)
        return ch_error_set(err, errno, "cannot bind \"%s\"", text);
    for (char *next = copy; next;) {
        if (count == FIELDS_MAX)
            return refuse(text, err);
        fields[count] = next;
        next = cut_field(next);
        count++;
    }
    if (count > 1 && is_mode(fields[count - 1]))
        mode = fields[--count];
    if (count == FIELDS_MAX)
        return refuse(text, err);
    destination = count > 1 ? fields[1] : NULL;
    if (check_paths(text, fields[0], destination, err) < 0)
        return -1;
    return plan_add_bind(plan, fields[0], destination, true,
                         !strcmp(mode, "ro"), err);
}

static int append_path(struct buffer *buffer, const char *path)
{
    for (; *path; path++) {
        if (strchr(":\\", *path) && buffer_append(buffer, "\\", 1) < 0)
            return -1;
        if (buffer_append(buffer, path, 1) < 0)
            return -1;
    }
    return 0;
}

char *bind_text_of(const struct bind *bind)
{
    CLEANUP_BUFFER struct buffer text = {0};

    if (append_path(&text, bind->source) < 0 ||
        (bind->destination && (buffer_append(&text, ":", 1) < 0 ||
                               append_path(&text, bind->destination) < 0)) ||
        (bind->read_only && buffer_append(&text, ":ro", 3) < 0))
        return NULL;
    return take_ptr(text.data);
}

int bind_text_add_defaults(struct plan *plan, struct ch_error *err)
{
    const char *list = getenv(BIND_TEXT_VARIABLE);
    CLEANUP_FREE char *copy = NULL;
    char *next;

    if (!list || !*list)
        return 0;
    copy = strdup(list);
    if (!copy)
        return ch_error_set(err, errno, "cannot read $" BIND_TEXT_VARIABLE);
    for (next = copy; next;) {
        const char *line = strsep(&next, "\n");

        if (*line && bind_text_add(plan, line, err) < 0)
            return ch_error_wrap(err, "$" BIND_TEXT_VARIABLE);
    }
    return 0;
}
