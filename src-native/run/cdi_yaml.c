/* From libyaml's events to a tree: scalars are leaves, a sequence or mapping is
   parsed by the function that has met its beginning. */

#include "config.h"

#include "run/cdi_yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/cleanup.h"

/* As deep as core/json.c goes. */
#define DEPTH_MAX 64

/* A document, and where in it the problem is, if there is one. */
struct reader {
    yaml_parser_t parser;
    int depth;
    const char *problem; /* NULL: none, or no memory */
    yaml_mark_t mark;
};

static struct json *parse_node(struct reader *reader, yaml_event_t *event);

static void *fail(struct reader *reader, const char *problem, yaml_mark_t mark)
{
    if (!reader->problem) {
        reader->problem = problem;
        reader->mark = mark;
    }
    return NULL;
}

/* The next event, which the caller deletes. */
static bool take_event(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    if (reader->parser.error != YAML_MEMORY_ERROR)
        (void)fail(reader,
                   reader->parser.problem ? reader->parser.problem
                                          : "it cannot be read",
                   reader->parser.problem_mark);
    return false;
}

/* --- scalars ----------------------------------------------------------------
 */

static bool is_word(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(text, *words))
            return true;
    return false;
}

/* Decimal, octal and hexadecimal integers and decimal fractions. */
static bool is_number(const char *text)
{
    char *end;

    if (!text[0] ||
        strspn(text, "0123456789abcdefABCDEFoxX.+-") != strlen(text))
        return false;
    if (!strncmp(text, "0o", 2))
        return text[2] && text[2 + strspn(text + 2, "01234567")] == '\0';
    if (!strchr("0123456789", text[strspn(text, "+-.")]))
        return false;
    (void)strtod(text, &end); /* only the form counts */
    return *end == '\0';
}

static enum json_kind plain_kind(const char *text)
{
    static const char *const NULLS[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const TRUES[] = {"true", "True", "TRUE", NULL};
    static const char *const FALSES[] = {"false", "False", "FALSE", NULL};

    return is_word(text, NULLS)    ? JSON_NULL
           : is_word(text, TRUES)  ? JSON_TRUE
           : is_word(text, FALSES) ? JSON_FALSE
           : is_number(text)       ? JSON_NUMBER
                                   : JSON_STRING;
}

/* The text of a scalar as a C string; heap. */
static char *scalar_text(struct reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;

    if (event->data.scalar.anchor)
        return fail(reader, "an anchor", event->start_mark);
    if (event->data.scalar.tag)
        return fail(reader, "a tag", event->start_mark);
    if (memchr(text, '\0', length))
        return fail(reader, "a NUL in a string", event->start_mark);
    return strndup(text, length);
}

static int fill_scalar(struct reader *reader, const yaml_event_t *event,
                       struct json *json)
{
    json->text = scalar_text(reader, event);
    if (!json->text)
        return -1;
    json->kind = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
                     ? plain_kind(json->text)
                     : JSON_STRING;
    return 0;
}

/* --- sequences and mappings -------------------------------------------------
 */

/* A member, whose key `event` is. */
static struct json *parse_member(struct reader *reader, yaml_event_t *event)
{
    CLEANUP_FREE char *name = NULL;
    struct json *member = NULL;
    yaml_event_t value;

    if (event->type != YAML_SCALAR_EVENT)
        return fail(reader, "a key that is not a string", event->start_mark);
    name = scalar_text(reader, event);
    if (!name || !take_event(reader, &value))
        return NULL;
    member = parse_node(reader, &value);
    yaml_event_delete(&value);
    if (member)
        member->name = take_ptr(name);
    return member;
}

static int fill_children(struct reader *reader, struct json *json,
                         yaml_event_type_t end)
{
    struct json **last = &json->first;
    yaml_event_t event;

    while (take_event(reader, &event)) {
        bool is_end = event.type == end;

        if (!is_end)
            *last = json->kind == JSON_OBJECT ? parse_member(reader, &event)
                                              : parse_node(reader, &event);
        yaml_event_delete(&event);
        if (is_end)
            return 0;
        if (!*last)
            return -1;
        last = &(*last)->next;
    }
    return -1;
}

static int fill_in(struct reader *reader, const yaml_event_t *event,
                   struct json *json)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return fill_scalar(reader, event, json);
    case YAML_SEQUENCE_START_EVENT:
        json->kind = JSON_ARRAY;
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        json->kind = JSON_OBJECT;
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default:
        (void)fail(reader, "an alias", event->start_mark); /* -1 says so */
        return -1;
    }
    if (anchor || tag) {
        (void)fail(reader, anchor ? "an anchor" : "a tag", event->start_mark);
        return -1;
    }
    return fill_children(reader, json,
                         json->kind == JSON_ARRAY ? YAML_SEQUENCE_END_EVENT
                                                  : YAML_MAPPING_END_EVENT);
}

/* The node that begins with `event`. */
static struct json *parse_node(struct reader *reader, yaml_event_t *event)
{
    CLEANUP_JSON struct json *json = NULL;
    int filled;

    if (reader->depth == DEPTH_MAX)
        return fail(reader, "nested too deeply", event->start_mark);
    json = calloc(1, sizeof(*json));
    if (!json)
        return NULL;
    reader->depth++;
    filled = fill_in(reader, event, json);
    reader->depth--;
    return filled < 0 ? NULL : take_ptr(json);
}

/* --- the document -----------------------------------------------------------
 */

/* Step over an event that must be of this type. */
static bool expect(struct reader *reader, yaml_event_type_t type,
                   const char *problem)
{
    yaml_event_t event;
    bool is_it;

    if (!take_event(reader, &event))
        return false;
    is_it = event.type == type;
    if (!is_it)
        (void)fail(reader, problem, event.start_mark);
    yaml_event_delete(&event);
    return is_it;
}

static struct json *parse_document(struct reader *reader)
{
    CLEANUP_JSON struct json *json = NULL;
    yaml_event_t event;

    if (!expect(reader, YAML_STREAM_START_EVENT, "no text") ||
        !expect(reader, YAML_DOCUMENT_START_EVENT, "no document") ||
        !take_event(reader, &event))
        return NULL;
    json = parse_node(reader, &event);
    yaml_event_delete(&event);
    if (!json ||
        !expect(reader, YAML_DOCUMENT_END_EVENT, "no end of the document") ||
        !expect(reader, YAML_STREAM_END_EVENT, "a second document"))
        return NULL;
    return take_ptr(json);
}

static struct json *parse(const char *text, size_t length, struct ch_error *err)
{
    struct reader reader = {.problem = NULL};
    struct json *json = NULL;

    if (yaml_parser_initialize(&reader.parser)) {
        yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&reader.parser,
                                     (const unsigned char *)text, length);
        json = parse_document(&reader);
        if (!json && reader.problem)
            ch_error_set(err, 0,
                         "not YAML that ch-run reads: %s, at line %zu, "
                         "column %zu",
                         reader.problem, reader.mark.line + 1,
                         reader.mark.column + 1);
        yaml_parser_delete(&reader.parser);
    }
    if (!json && !reader.problem)
        ch_error_set(err, ENOMEM, "cannot parse YAML");
    return json;
}

__attribute__((visibility("default")))
const struct cdi_yaml_parser cdi_yaml_parser = {.abi = CDI_YAML_ABI,
                                                .parse = parse};
