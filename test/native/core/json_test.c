#include "config.h"

#include "core/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static const char *const GOOD[] = {
    "null",
    "true",
    "false",
    " 0 ",
    "-0.5e+10",
    "1E2",
    "\"\"",
    "\"\\u0041\"",
    "[]",
    "[1, [2]]",
    "{}",
    "\t{\"a\" :\r\n1}",
    "{\"a\":1,\"a\":[{}]}",
};

static const char *const BAD[] = {
    "",
    " ",
    "nul",
    "truex",
    "01",
    "-",
    "1.",
    ".5",
    "1e",
    "+1",
    "\"",
    "\"\n\"",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800\\u0041\"",
    "\"\\",
    "[",
    "[1,]",
    "[1 2]",
    "{",
    "{1:2}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "[] []",
    "'a'",
    "[1}",
    "NaN",
    "// x\n1",
};

static bool parses(const char *text, size_t length)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_JSON struct json *json = json_parse(text, length, &err);
    bool good = json != NULL;

    ch_error_clear(&err);
    return good;
}

/* `depth` arrays in each other. */
static bool parses_nested(size_t depth)
{
    char text[256];

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return parses(text, 2 * depth);
}

static void test_tree(void)
{
    static const char TEXT[] =
        "{\"s\": \"a\\n\\u00e9\\u20ac\\ud83d\\ude00\\/\", \"n\": -12.5e3,"
        " \"l\": [1, \"two\", null], \"s2\": \"\", \"l\": [true]}";
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_JSON struct json *json = json_parse(TEXT, strlen(TEXT), &err);
    const struct json *list;

    if (!OK(json && json->kind == JSON_OBJECT, "json_parse() an object"))
        return;
    IS(json_member(json, "s")->text, "a\n\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80/",
       "json_parse() decodes escapes");
    IS(json_member(json, "n")->text, "-12.5e3",
       "json_parse() keeps a number as it is written");
    IS(json_member(json, "s2")->text, "", "json_parse() an empty string");
    list = json_member(json, "l");
    OK(list->first->kind == JSON_TRUE && !list->first->next,
       "json_member() finds the last of several");
    OK(!json_member(json, "none") && !json_member(list, "l") &&
           !json_member(NULL, "l"),
       "json_member() finds nothing where nothing is");
}

static void test_error(void)
{
    struct ch_error err = CH_ERROR_INIT;

    OK(!json_parse("[1, x]", 6, &err), "json_parse() refuses");
    IS(ch_error_text(&err), "not JSON: not a value at byte 4",
       "json_parse() says what and where");
    ch_error_clear(&err);
}

/* Whatever the bytes, parsing ends, within them (with a sanitizer, that
   shows); mutants of a good text get far. */
static void test_mutants(void)
{
    static const char TEXT[] =
        "{\"config\":{\"Env\":[\"A=\\u00e9\\n\",\"B=1\"],"
        "\"Cmd\":null,\"x\":-1.5e-7,\"y\":[[],{}]}}";
    const char *given = getenv("CH_TEST_ROUNDS");
    unsigned long rounds = given ? strtoul(given, NULL, 10) * 10000 : 20000;
    uint32_t state = 1;
    unsigned long good = 0;

    for (unsigned long i = 0; i < rounds; i++) {
        size_t length = strlen(TEXT);
        char *copy = malloc(length);

        memcpy(copy, TEXT, length);
        for (int j = 0; j < 2; j++) {
            state = state * 1664525 + 1013904223;
            copy[(state >> 8) % length] = (char)(state >> 24);
        }
        state = state * 1664525 + 1013904223;
        good +=
            parses(copy, (state >> 8) % 4 ? length : (state >> 10) % length);
        free(copy);
    }
    OK(good > 0 && good < rounds, "json_parse() ends, whatever the bytes");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++)
        OK(parses(GOOD[i], strlen(GOOD[i])), "json_parse() takes %s", GOOD[i]);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        OK(!parses(BAD[i], strlen(BAD[i])), "json_parse() refuses no. %zu", i);
    OK(!parses("1\0", 2), "json_parse() refuses a NUL");
    OK(parses_nested(64) && !parses_nested(65),
       "json_parse() limits how deep a document is");
    test_tree();
    test_error();
    test_mutants();
    return tap_done();
}
