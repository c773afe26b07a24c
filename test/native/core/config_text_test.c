/* The text of configuration files: what is a line, and what is none. */

#include "config.h"

#include "core/config_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "tap.h"

static const struct {
    const char *text;
    const char *key, *value; /* of the only line; NULL: there is none */
    unsigned number;
    bool fixed, if_known;
} LINES[] = {
    {"", NULL, NULL, 0, false, false},
    {"\n \n\t\r\n# a = b\n  # c", NULL, NULL, 0, false, false},
    {"a=b", "a", "b", 1, false, false},
    {"\n\n a.b-1 \t=  c d \r\n", "a.b-1", "c d", 3, false, false},
    {"a =", "a", "", 1, false, false},
    {"a = b = c", "a", "b = c", 1, false, false},
    {"a = #b", "a", "", 1, false, false},
    {"a = b# c", "a", "b# c", 1, false, false},
    {"a = \\#b \\# c # d", "a", "#b # c", 1, false, false},
    {"a = \\", "a", "\\", 1, false, false},
    {"fixed a = b", "a", "b", 1, true, false},
    {"if-known fixed\ta = b", "a", "b", 1, true, true},
    {"fixed=b", "fixed", "b", 1, false, false},
    {"if-known = b", "if-known", "b", 1, false, false},
    {"fixeda = b", "fixeda", "b", 1, false, false},
};

static const char *const WRONG[] = {"a",     "= b",     "A = b",   "a b = c",
                                    "fixed", "fixed a", "a_b = c", "\\#a"};

static void test_line(size_t i)
{
    CLEANUP_FREE char *text = strdup(LINES[i].text);
    struct config_text rest = {.next = text};
    struct config_line line = {0};
    struct ch_error err = CH_ERROR_INIT;
    int found = config_text_next(&rest, &line, &err);

    if (!LINES[i].key) {
        OK(found == 0, "config_text_next() finds nothing in case %zu", i);
        return;
    }
    OK(found == 1 && !strcmp(line.key, LINES[i].key) &&
           !strcmp(line.value, LINES[i].value) &&
           line.number == LINES[i].number && line.fixed == LINES[i].fixed &&
           line.if_known == LINES[i].if_known &&
           config_text_next(&rest, &line, &err) == 0,
       "config_text_next() reads case %zu: \"%s\"", i, LINES[i].key);
}

static void test_wrong(const char *wrong)
{
    CLEANUP_FREE char *text = strdup(wrong);
    struct config_text rest = {.next = text};
    struct config_line line = {0};
    struct ch_error err = CH_ERROR_INIT;

    OK(config_text_next(&rest, &line, &err) == -1 && err.message &&
           line.number == 1,
       "config_text_next() refuses \"%s\"", wrong);
    ch_error_clear(&err);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++)
        test_line(i);
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        test_wrong(WRONG[i]);
    return tap_done();
}
