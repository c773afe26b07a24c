/* Strings as JSON: what is escaped, and what is no UTF-8. */

#include "config.h"

#include "core/json_text.h"

#include <string.h>

#include "core/json.h"
#include "tap.h"

static const struct {
    const char *text, *json;
} CASES[] = {
    {NULL, "null"},
    {"", "\"\""},
    {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
    {"\n\t\x1f\x7f", "\"\\u000a\\u0009\\u001f\x7f\""},
    {"\u00fc\u20ac\U0001f600", "\"\u00fc\u20ac\U0001f600\""},
    {"a\xff"
     "b",
     "\"a\ufffd"
     "b\""},
    {"\xc3", "\"\ufffd\""},
    {"\xc0\xaf", "\"\ufffd\ufffd\""},
    {"\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""},
    {"\xf4\x90\x80\x80", "\"\ufffd\ufffd\ufffd\ufffd\""},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        CLEANUP_BUFFER struct buffer buffer = {0};
        struct ch_error err = CH_ERROR_INIT;
        CLEANUP_JSON struct json *json = NULL;

        OK(json_text_string(&buffer, CASES[i].text) == 0 &&
               !strcmp(buffer.data, CASES[i].json),
           "json_text_string() writes case %zu", i);
        json = json_parse(buffer.data, buffer.length, &err);
        OK(json != NULL, "json_parse() reads case %zu again", i);
        ch_error_clear(&err);
    }
    return tap_done();
}
