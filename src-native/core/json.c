#include "config.h"

#include "core/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cleanup.h"

/* Parsing and freeing go down the stack once for each level. */
#define DEPTH_MAX 64

struct parser {
    const char *start, *next, *end;
    int depth;
    const char *problem; /* NULL while there is none */
};

static struct json *parse_value(struct parser *parser);

/* The next byte, or NUL at the end; a NUL in the text is no token either. */
static char peek(const struct parser *parser)
{
    return parser->next < parser->end ? *parser->next : '\0';
}

static void skip_space(struct parser *parser)
{
    while (peek(parser) && strchr(" \t\n\r", peek(parser)))
        parser->next++;
}

static bool take(struct parser *parser, char wanted)
{
    skip_space(parser);
    if (peek(parser) != wanted)
        return false;
    parser->next++;
    return true;
}

static void *fail(struct parser *parser, const char *problem)
{
    if (!parser->problem)
        parser->problem = problem;
    return NULL;
}

/* --- strings ---------------------------------------------------------------
 */

/* Four hexadecimal digits; -1: there are none. */
static long take_hex(struct parser *parser)
{
    char digits[5] = "";

    if (parser->end - parser->next < 4)
        return -1;
    memcpy(digits, parser->next, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4)
        return -1;
    parser->next += 4;
    return strtol(digits, NULL, 16);
}

/* What follows "\u", a second half as well; -1: not a character. */
static long take_code_point(struct parser *parser)
{
    long high = take_hex(parser), low;

    if (high < 0xD800 || high > 0xDFFF)
        return high > 0 ? high : -1;
    if (high > 0xDBFF || parser->end - parser->next < 2 ||
        memcmp(parser->next, "\\u", 2) != 0)
        return -1;
    parser->next += 2;
    low = take_hex(parser);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static int append_utf8(struct buffer *buffer, long code)
{
    unsigned char bytes[4];
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char LEADS[] = {0, 0, 0xC0, 0xE0, 0xF0};

    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = 0x80 | (code & 0x3F);
        code >>= 6;
    }
    bytes[0] = LEADS[length] | (unsigned char)code;
    return buffer_append(buffer, bytes, length);
}

static int take_escape(struct parser *parser, struct buffer *buffer)
{
    static const char LETTERS[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
    char letter = peek(parser);
    const char *found = letter ? strchr(LETTERS, letter) : NULL;
    long code;

    parser->next++;
    if (found)
        return buffer_append(buffer, &MEANINGS[found - LETTERS], 1);
    code = letter == 'u' ? take_code_point(parser) : -1;
    if (code < 0) {
        (void)fail(parser, "not a character"); /* -1 below says so */
        return -1;
    }
    return append_utf8(buffer, code);
}

/* The rest of a string whose quote has been taken; heap. */
static char *parse_string(struct parser *parser)
{
    CLEANUP_BUFFER struct buffer buffer = {0};

    if (buffer_append(&buffer, "", 0) < 0)
        return NULL;
    while (parser->next < parser->end && *parser->next != '"') {
        unsigned char byte = (unsigned char)*parser->next++;

        if (byte < 0x20)
            return fail(parser, "a control character in a string");
        if (byte == '\\') {
            if (take_escape(parser, &buffer) < 0)
                return NULL;
        } else if (buffer_append(&buffer, &byte, 1) < 0) {
            return NULL;
        }
    }
    if (!take(parser, '"'))
        return fail(parser, "a string without end");
    return buffer.data ? take_ptr(buffer.data) : strdup("");
}

/* --- values ----------------------------------------------------------------
 */

static size_t count_digits(const char *text, const char *end)
{
    size_t count = 0;

    while (text + count < end && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

/* The length of the number that `text` begins with; 0: it is none. */
static size_t number_length(const char *text, const char *end)
{
    const char *next = text;
    size_t digits;

    next += next < end && *next == '-';
    digits = count_digits(next, end);
    if (!digits || (digits > 1 && *next == '0'))
        return 0;
    next += digits;
    if (next < end && *next == '.') {
        digits = count_digits(++next, end);
        if (!digits)
            return 0;
        next += digits;
    }
    if (next < end && (*next == 'e' || *next == 'E')) {
        next++;
        next += next < end && (*next == '+' || *next == '-');
        digits = count_digits(next, end);
        if (!digits)
            return 0;
        next += digits;
    }
    return (size_t)(next - text);
}

static int parse_scalar(struct parser *parser, struct json *json)
{
    static const struct {
        const char *word;
        enum json_kind kind;
    } WORDS[] = {
        {"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};
    size_t left = (size_t)(parser->end - parser->next);
    size_t length = number_length(parser->next, parser->end);

    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
        if (left >= strlen(WORDS[i].word) &&
            !memcmp(parser->next, WORDS[i].word, strlen(WORDS[i].word))) {
            json->kind = WORDS[i].kind;
            parser->next += strlen(WORDS[i].word);
            return 0;
        }
    if (!length) {
        (void)fail(parser, "not a value"); /* -1 below says so */
        return -1;
    }
    json->kind = JSON_NUMBER;
    json->text = strndup(parser->next, length);
    parser->next += length;
    return json->text ? 0 : -1;
}

/* A member of an object, or an element of an array. */
static struct json *parse_child(struct parser *parser, bool named)
{
    CLEANUP_FREE char *name = NULL;
    struct json *child;

    if (named) {
        if (!take(parser, '"'))
            return fail(parser, "no name of a member");
        name = parse_string(parser);
        if (!name)
            return NULL;
        if (!take(parser, ':'))
            return fail(parser, "no colon after a name");
    }
    child = parse_value(parser);
    if (child)
        child->name = take_ptr(name);
    return child;
}

static int parse_children(struct parser *parser, struct json *json, char end)
{
    struct json **last = &json->first;

    if (take(parser, end))
        return 0;
    do {
        *last = parse_child(parser, json->kind == JSON_OBJECT);
        if (!*last)
            return -1;
        last = &(*last)->next;
    } while (take(parser, ','));
    if (take(parser, end))
        return 0;
    (void)fail(parser, "neither comma nor end"); /* -1 says so */
    return -1;
}

static int fill_in(struct parser *parser, struct json *json)
{
    if (take(parser, '"')) {
        json->kind = JSON_STRING;
        json->text = parse_string(parser);
        return json->text ? 0 : -1;
    }
    if (take(parser, '[')) {
        json->kind = JSON_ARRAY;
        return parse_children(parser, json, ']');
    }
    if (take(parser, '{')) {
        json->kind = JSON_OBJECT;
        return parse_children(parser, json, '}');
    }
    return parse_scalar(parser, json);
}

static struct json *parse_value(struct parser *parser)
{
    CLEANUP_JSON struct json *json = NULL;
    int filled;

    if (parser->depth == DEPTH_MAX)
        return fail(parser, "nested too deeply");
    json = calloc(1, sizeof(*json));
    if (!json)
        return NULL;
    parser->depth++;
    filled = fill_in(parser, json);
    parser->depth--;
    return filled < 0 ? NULL : take_ptr(json);
}

struct json *json_parse(const char *text, size_t length, struct ch_error *err)
{
    struct parser parser = {.start = text, .next = text, .end = text + length};
    CLEANUP_JSON struct json *json = parse_value(&parser);

    skip_space(&parser);
    if (json && parser.next == parser.end)
        return take_ptr(json);
    if (!json && !parser.problem)
        (void)ch_error_set(err, ENOMEM, "cannot parse JSON");
    else
        (void)ch_error_set(err, 0, "not JSON: %s at byte %zu",
                           json ? "something after the end" : parser.problem,
                           (size_t)(parser.next - parser.start));
    return NULL;
}

const struct json *json_member(const struct json *json, const char *name)
{
    const struct json *found = NULL;

    if (!json || json->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *member = json->first; member; member = member->next)
        if (!strcmp(member->name, name))
            found = member;
    return found;
}

void json_free(struct json *json)
{
    while (json) {
        struct json *next = json->next;

        json_free(json->first);
        free(json->name);
        free(json->text);
        free(json);
        json = next;
    }
}
