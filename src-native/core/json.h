/* JSON (RFC 8259), strictly: a document as a tree. UTF-8 is passed through as
   it is; a string that holds \u0000 is refused, so that all text is C strings.
   Nesting is limited; the size is the caller's to limit. */

#ifndef CH_JSON_H
#define CH_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_kind kind;
    char *name;         /* of a member of an object; else NULL */
    char *text;         /* of a string; a number as it is written */
    struct json *first; /* of an array or object */
    struct json *next;  /* after this one in it */
};

/* Parse `length` bytes. Returns the tree, which the caller frees, or NULL. */
struct json *json_parse(const char *text, size_t length, struct ch_error *err);

/* The member of that name, the last if there are several; NULL if there is
   none, or `json` is NULL or not an object. */
const struct json *json_member(const struct json *json, const char *name);

/* Free a tree; NULL is fine. */
void json_free(struct json *json);

static inline void cleanup_json(struct json **json)
{
    json_free(*json);
}

#define CLEANUP_JSON __attribute__((cleanup(cleanup_json)))

#endif
