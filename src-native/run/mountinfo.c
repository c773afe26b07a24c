#include "config.h"

#include "run/mountinfo.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"

#define LIMIT (64 << 20)

char *mountinfo_read(void)
{
    return file_read_path("/proc/self/mountinfo", LIMIT);
}

static bool is_octal(const char *digits)
{
    for (int i = 0; i < 3; i++)
        if (digits[i] < '0' || digits[i] > '7')
            return false;
    return true;
}

/* Blanks and the like are written as \040; in place. */
static char *unescape(char *text)
{
    char *to = text;

    if (!text)
        return NULL;
    for (const char *from = text; *from; from++) {
        if (*from == '\\' && is_octal(from + 1)) {
            *to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
                           (from[3] - '0'));
            from += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return text;
}

static bool begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

/* ID PARENT MAJOR:MINOR ROOT AT OPTIONS [TAG...] - TYPE SOURCE ... */
static bool parse(char *text, struct mountinfo *line)
{
    char *field;

    line->id = strtol(text, &text, 10);
    line->parent = strtol(text, &text, 10);
    (void)strsep(&text, " "); /* the blank before the device */
    (void)strsep(&text, " "); /* device */
    line->root = unescape(strsep(&text, " "));
    line->at = unescape(strsep(&text, " "));
    line->options = strsep(&text, " ");
    line->propagates = false;
    while ((field = strsep(&text, " ")) && strcmp(field, "-"))
        if (begins(field, "shared:") || begins(field, "master:"))
            line->propagates = true;
    line->type = strsep(&text, " ");
    line->source = unescape(strsep(&text, " "));
    return line->source != NULL;
}

bool mountinfo_next(char **text, struct mountinfo *line)
{
    while (*text && **text)
        if (parse(strsep(text, "\n"), line))
            return true;
    return false;
}

bool mountinfo_has_option(const struct mountinfo *line, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = line->options; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (!strncmp(at, word, length) && (!at[length] || at[length] == ','))
            return true;
    }
    return false;
}
