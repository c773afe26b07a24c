#include "config.h"

#include "core/config_text.h"

#include <string.h>

#define BLANKS " \t\r"

/* Without blanks at both ends; in place. */
static char *trim(char *text)
{
    size_t length;

    text += strspn(text, BLANKS);
    length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

/* Cut a comment off, and take the backslash of each "\#" away; in place. */
static void cut_comment(char *line)
{
    char *to = line;

    for (const char *from = line; *from; from++) {
        if (*from == '#' && (from == line || strchr(BLANKS, from[-1])))
            break;
        if (from[0] == '\\' && from[1] == '#')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

/* Take `word` off the front of the line if another follows it: before "=" it
   would be the key itself. */
static bool take_word(char **line, const char *word)
{
    size_t length = strlen(word);
    size_t blanks;

    if (strncmp(*line, word, length))
        return false;
    blanks = strspn(*line + length, BLANKS);
    if (!blanks || (*line)[length + blanks] == '=')
        return false;
    *line += length + blanks;
    return true;
}

static bool is_key(const char *key)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

    return *key && !key[strspn(key, LETTERS)];
}

/* What is left of the line without its comment is not empty. */
static int parse_line(char *text, struct config_line *line,
                      struct ch_error *err)
{
    char *equals;

    for (;;) {
        if (take_word(&text, "fixed"))
            line->fixed = true;
        else if (take_word(&text, "if-known"))
            line->if_known = true;
        else
            break;
    }
    equals = strchr(text, '=');
    if (equals) {
        *equals = '\0';
        line->key = trim(text);
        line->value = trim(equals + 1);
    }
    if (!equals || !is_key(line->key))
        return ch_error_set(err, 0, "\"%s\" is not KEY = VALUE", text);
    return 1;
}

int config_text_next(struct config_text *text, struct config_line *line,
                     struct ch_error *err)
{
    while (text->next && *text->next) {
        char *start = strsep(&text->next, "\n");

        *line = (struct config_line){.number = ++text->line};
        cut_comment(start);
        start = trim(start);
        if (*start)
            return parse_line(start, line, err);
    }
    return 0;
}
