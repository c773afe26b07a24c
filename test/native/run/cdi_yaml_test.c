#include "config.h"

#include "run/cdi_yaml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "run/cdi_schema.h"
#include "tap.h"

/* The module, linked into this program. */
extern const struct cdi_yaml_parser cdi_yaml_parser;

static void write_json(struct buffer *text, const struct json *json)
{
    static const char *const WORDS[] = {"null", "false", "true"};

    if (json->name)
        (void)buffer_printf(text, "%s:", json->name);
    if (json->kind <= JSON_TRUE)
        (void)buffer_printf(text, "%s", WORDS[json->kind]);
    else if (json->kind == JSON_NUMBER)
        (void)buffer_printf(text, "%s", json->text);
    else if (json->kind == JSON_STRING)
        (void)buffer_printf(text, "'%s'", json->text);
    if (json->kind < JSON_ARRAY)
        return;
    (void)buffer_printf(text, json->kind == JSON_ARRAY ? "[" : "{");
    for (const struct json *item = json->first; item; item = item->next) {
        write_json(text, item);
        (void)buffer_printf(text, item->next ? "," : "");
    }
    (void)buffer_printf(text, json->kind == JSON_ARRAY ? "]" : "}");
}

/* The tree, or the error; heap. */
static char *outcome(const char *yaml, size_t length)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_JSON struct json *json = cdi_yaml_parser.parse(yaml, length, &err);
    CLEANUP_BUFFER struct buffer text = {0};

    if (json)
        write_json(&text, json);
    else
        (void)buffer_printf(&text, "%s", ch_error_text(&err));
    ch_error_clear(&err);
    return strdup(text.data ? text.data : "");
}

#define NO "not YAML that ch-run reads: "

static const struct {
    const char *yaml, *outcome;
} CASES[] = {
    {"---\na: b\nc:\n- 1\n- \"1\"\n- '1'\n", "{a:'b',c:[1,'1','1']}"},
    {"a: {b: [c, 'd e']}\n", "{a:{b:['c','d e']}}"},
    {"a: \nb: ~\nc: null\nd: 'null'", "{a:null,b:null,c:null,d:'null'}"},
    {"[true, False, TRUE, yes, 'true', -1, 0x1f, 0o17, 1.5, 1e3, .5]",
     "[true,false,true,'yes','true',-1,0x1f,0o17,1.5,1e3,.5]"},
    {"[0.6.0, 1.2.3, 1-2, -, e, dead, 0b1, +, 08a]",
     "['0.6.0','1.2.3','1-2','-','e','dead','0b1','+','08a']"},
    {"a: |\n  b\n  c\n", "{a:'b\nc\n'}"},
    {"# nothing but this\n- a # b\n", "['a']"},
    {"{}", "{}"},
    {"[]", "[]"},
    {"{\"a\": [1]}", "{a:[1]}"},
    {"", NO "no document, at line 1, column 1"},
    {"a: [b", NO "did not find expected ',' or ']', at line 2, column 1"},
    {"a: 1\n b: 2", NO "mapping values are not allowed in this context, at "
                       "line 2, column 3"},
    {"a: &x b", NO "an anchor, at line 1, column 4"},
    {"a: &x [b]", NO "an anchor, at line 1, column 4"},
    {"a: *x", NO "an alias, at line 1, column 4"},
    {"a: !!str b", NO "a tag, at line 1, column 4"},
    {"a: !x {b: c}", NO "a tag, at line 1, column 4"},
    {"[a]: b", NO "a key that is not a string, at line 1, column 1"},
    {"a\n---\nb", NO "a second document, at line 2, column 1"},
    {"a: \"b\\0c\"", NO "a NUL in a string, at line 1, column 4"},
    {"\xff\xfe", NO "invalid leading UTF-8 octet, at line 1, column 1"},
};

static bool parses_nested(size_t depth)
{
    char text[256];
    CLEANUP_FREE char *found = NULL;

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    found = outcome(text, 2 * depth);
    return found[0] == '[';
}

/* --- mutants ----------------------------------------------------------------
 */

static const char YAML[] =
    "---\ncdiVersion: 0.7.0\nkind: vendor.com/gpu\ndevices:\n- name: \"0\"\n"
    "  containerEdits:\n    deviceNodes:\n    - path: /dev/null\n"
    "      permissions: rw\n    env: [A=b]\ncontainerEdits:\n  mounts:\n"
    "  - {hostPath: /a, containerPath: /b, options: [ro, nosuid]}\n"
    "  hooks:\n  - hookName: createContainer\n    path: /bin/x\n    args:\n"
    "    - x\n    - 'it''s'\n  additionalGids: [1, 2]\n";

static const char JSON[] =
    "{\"cdiVersion\":\"0.7.0\",\"kind\":\"vendor.com/gpu\",\"devices\":[{"
    "\"name\":\"0\",\"containerEdits\":{\"env\":[\"A=b\"]}}],"
    "\"containerEdits\":{\"mounts\":[{\"hostPath\":\"/a\",\"containerPath\":"
    "\"/b\",\"options\":[\"ro\",\"nosuid\"]}],\"hooks\":[{\"hookName\":"
    "\"poststop\",\"path\":\"/x\"}],\"additionalGids\":[1,2]}}";

typedef struct json *(*parse)(const char *, size_t, struct ch_error *);

struct counts {
    unsigned long parsed, valid;
};

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Some bytes changed for others, often for those that mean something; a part
   repeated; or the end cut off. Returns the length. */
static size_t mutate(char *text, size_t length, uint32_t *state)
{
    static const char SPECIAL[] = "[]{},:-#&*!|>'\"%@`\n\t \\?0a~";

    for (uint32_t left = 1 + next_random(state) % 3; left > 0; left--) {
        size_t at = next_random(state) % length;
        size_t from = next_random(state) % length;
        size_t most = length - (at > from ? at : from);

        switch (next_random(state) % 4) {
        case 0:
            text[at] = (char)next_random(state);
            break;
        case 1:
            memmove(text + at, text + from, next_random(state) % (most + 1));
            break;
        default:
            text[at] = SPECIAL[next_random(state) % (sizeof(SPECIAL) - 1)];
        }
    }
    return next_random(state) % 8 ? length : next_random(state) % length;
}

static void try_mutant(const char *text, parse parser, uint32_t *state,
                       struct counts *counts)
{
    struct ch_error err = CH_ERROR_INIT;
    size_t length = strlen(text);
    CLEANUP_FREE char *copy = strdup(text);
    CLEANUP_FREE char *mutant = NULL;
    CLEANUP_JSON struct json *json = NULL;

    length = mutate(copy, length, state);
    mutant = malloc(length ? length : 1); /* no byte behind it */
    memcpy(mutant, copy, length);
    json = parser(mutant, length, &err);
    counts->parsed += json != NULL;
    counts->valid += json && cdi_schema_check(json, &err) == 0;
    ch_error_clear(&err);
}

/* Whatever the bytes, reading ends, and within them: a sanitizer shows it. */
static void test_mutants(const char *name, const char *text, parse parser)
{
    const char *given = getenv("CH_TEST_ROUNDS");
    unsigned long rounds = given ? strtoul(given, NULL, 10) * 5000 : 5000;
    struct counts counts = {0, 0};
    uint32_t state = 1;

    for (unsigned long i = 0; i < rounds; i++)
        try_mutant(text, parser, &state, &counts);
    tap_note("%lu mutants of %s: %lu parse, %lu are valid", rounds, name,
             counts.parsed, counts.valid);
    OK(counts.valid > 0 && counts.valid < counts.parsed &&
           counts.parsed < rounds,
       "%s that is damaged is read or refused", name);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        CLEANUP_FREE char *found =
            outcome(CASES[i].yaml, strlen(CASES[i].yaml));

        IS(found, CASES[i].outcome, "parse() no. %zu", i);
    }
    OK(parses_nested(64) && !parses_nested(65),
       "parse() limits how deep a document is");
    test_mutants("YAML", YAML, cdi_yaml_parser.parse);
    test_mutants("JSON", JSON, json_parse);
    return tap_done();
}
