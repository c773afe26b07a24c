/* One table for each kind of object, and one walk through document and tables
   together. */

#include "config.h"

#include "run/cdi_schema.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "run/cdi_text.h"

#define OLDEST CDI_VERSION(0, 3)
#define NEWEST CDI_VERSION(1, 1)

struct field {
    const char *name; /* NULL: the end of a table */
    enum json_kind kind;
    bool is_list;               /* of that kind */
    bool is_required;           /* and not an empty list */
    unsigned since;             /* the version that brought it; 0: the first */
    const struct field *fields; /* of an object; NULL: any */
    /* Of a string: what it must be, and in words. */
    bool (*is_valid)(const char *text);
    const char *wanted;
};

/* --- the tables -------------------------------------------------------------
 */

static const struct field NODE[] = {
    {.name = "path",
     .kind = JSON_STRING,
     .is_required = true,
     .is_valid = cdi_text_is_absolute,
     .wanted = "an absolute path"},
    {.name = "hostPath",
     .kind = JSON_STRING,
     .since = CDI_VERSION(0, 5),
     .is_valid = cdi_text_is_absolute,
     .wanted = "an absolute path"},
    {.name = "type",
     .kind = JSON_STRING,
     .is_valid = cdi_text_is_node_type,
     .wanted = "\"b\", \"c\", \"u\" or \"p\""},
    {.name = "major", .kind = JSON_NUMBER},
    {.name = "minor", .kind = JSON_NUMBER},
    {.name = "fileMode", .kind = JSON_NUMBER},
    {.name = "permissions",
     .kind = JSON_STRING,
     .is_valid = cdi_text_is_permissions,
     .wanted = "some of \"r\", \"w\" and \"m\""},
    {.name = "uid", .kind = JSON_NUMBER},
    {.name = "gid", .kind = JSON_NUMBER},
    {.name = NULL},
};

static const struct field MOUNT[] = {
    {.name = "hostPath",
     .kind = JSON_STRING,
     .is_required = true,
     .is_valid = cdi_text_is_absolute,
     .wanted = "an absolute path"},
    {.name = "containerPath",
     .kind = JSON_STRING,
     .is_required = true,
     .is_valid = cdi_text_is_absolute,
     .wanted = "an absolute path"},
    {.name = "type",
     .kind = JSON_STRING,
     .since = CDI_VERSION(0, 4),
     .is_valid = cdi_text_is_mount_type,
     .wanted = "\"none\", \"bind\" or \"rbind\", and ch-run makes no other "
               "mounts"},
    {.name = "options",
     .kind = JSON_STRING,
     .is_list = true,
     .is_valid = cdi_text_is_mount_option,
     .wanted = "an option of bind mounts"},
    {.name = NULL},
};

static const struct field HOOK[] = {
    {.name = "hookName",
     .kind = JSON_STRING,
     .is_required = true,
     .is_valid = cdi_text_is_hook_name,
     .wanted = "the name of an OCI hook"},
    {.name = "path",
     .kind = JSON_STRING,
     .is_required = true,
     .is_valid = cdi_text_is_absolute,
     .wanted = "an absolute path"},
    {.name = "args", .kind = JSON_STRING, .is_list = true},
    {.name = "env",
     .kind = JSON_STRING,
     .is_list = true,
     .is_valid = cdi_text_is_assignment,
     .wanted = "NAME=VALUE"},
    {.name = "timeout", .kind = JSON_NUMBER},
    {.name = NULL},
};

static const struct field EDITS[] = {
    {.name = "env",
     .kind = JSON_STRING,
     .is_list = true,
     .is_valid = cdi_text_is_assignment,
     .wanted = "NAME=VALUE"},
    {.name = "deviceNodes",
     .kind = JSON_OBJECT,
     .is_list = true,
     .fields = NODE},
    {.name = "mounts", .kind = JSON_OBJECT, .is_list = true, .fields = MOUNT},
    {.name = "hooks", .kind = JSON_OBJECT, .is_list = true, .fields = HOOK},
    {.name = "intelRdt", .kind = JSON_OBJECT, .since = CDI_VERSION(0, 7)},
    {.name = "additionalGids",
     .kind = JSON_NUMBER,
     .is_list = true,
     .since = CDI_VERSION(0, 7)},
    {.name = "netDevices",
     .kind = JSON_OBJECT,
     .is_list = true,
     .since = CDI_VERSION(1, 1)},
    {.name = NULL},
};

static const struct field DEVICE[] = {
    {.name = "name",
     .kind = JSON_STRING,
     .is_required = true,
     .is_valid = cdi_text_is_name,
     .wanted = "a device name: letters and digits, with \"_\", \".\", \":\" "
               "and \"-\" between them"},
    {.name = "annotations", .kind = JSON_OBJECT, .since = CDI_VERSION(0, 6)},
    {.name = "containerEdits", .kind = JSON_OBJECT, .fields = EDITS},
    {.name = NULL},
};

static const struct field SPECIFICATION[] = {
    {.name = "cdiVersion", .kind = JSON_STRING, .is_required = true},
    {.name = "kind",
     .kind = JSON_STRING,
     .is_required = true,
     .is_valid = cdi_text_is_kind,
     .wanted = "a kind such as \"vendor.com/class\""},
    {.name = "annotations", .kind = JSON_OBJECT, .since = CDI_VERSION(0, 6)},
    {.name = "devices",
     .kind = JSON_OBJECT,
     .is_list = true,
     .is_required = true,
     .fields = DEVICE},
    {.name = "containerEdits", .kind = JSON_OBJECT, .fields = EDITS},
    {.name = NULL},
};

/* --- places -----------------------------------------------------------------
 */

/* Where in the document we are: the way there, from the end. */
struct place {
    const struct place *parent; /* NULL: the document itself */
    const char *name;           /* of a member; NULL: an element of a list */
    size_t index;
};

static int write_place(struct buffer *text, const struct place *place)
{
    if (!place->parent)
        return 0;
    if (write_place(text, place->parent) < 0)
        return -1;
    if (!place->name)
        return buffer_printf(text, "[%zu]", place->index);
    return buffer_printf(text, "%s%s", text->length ? "." : "", place->name);
}

/* An error at `place`. */
static int __attribute__((format(printf, 3, 4)))
refuse(struct ch_error *err, const struct place *place, const char *format, ...)
{
    CLEANUP_BUFFER struct buffer where = {0};
    CLEANUP_FREE char *problem = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&problem, format, args) < 0)
        problem = NULL;
    va_end(args);
    if (!problem || write_place(&where, place) < 0)
        return ch_error_set(err, ENOMEM, "cannot check it");
    return ch_error_set(err, 0, "%s%s%s", where.length ? where.data : "",
                        where.length ? ": " : "", problem);
}

/* --- the walk ---------------------------------------------------------------
 */

static int check_object(const struct json *json, const struct field *fields,
                        unsigned version, const struct place *place,
                        struct ch_error *err);

static const char *kind_in_words(enum json_kind kind)
{
    static const char *const WORDS[] = {
        [JSON_NULL] = "nothing",       [JSON_FALSE] = "a truth value",
        [JSON_TRUE] = "a truth value", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string",    [JSON_ARRAY] = "a list",
        [JSON_OBJECT] = "an object"};

    return WORDS[kind];
}

static int check_item(const struct json *json, const struct field *field,
                      unsigned version, const struct place *place,
                      struct ch_error *err)
{
    if (json->kind != field->kind)
        return refuse(err, place, "%s, and not %s", kind_in_words(json->kind),
                      kind_in_words(field->kind));
    if (field->is_valid && !field->is_valid(json->text))
        return refuse(err, place, "\"%s\" is not %s", json->text,
                      field->wanted);
    if (field->fields)
        return check_object(json, field->fields, version, place, err);
    return 0;
}

static int check_list(const struct json *json, const struct field *field,
                      unsigned version, const struct place *place,
                      struct ch_error *err)
{
    struct place at = {place, NULL, 0};

    if (json->kind != JSON_ARRAY)
        return refuse(err, place, "%s, and not a list",
                      kind_in_words(json->kind));
    if (field->is_required && !json->first)
        return refuse(err, place, "an empty list");
    for (const struct json *item = json->first; item;
         item = item->next, at.index++)
        if (check_item(item, field, version, &at, err) < 0)
            return -1;
    return 0;
}

static const struct field *find_field(const struct field *fields,
                                      const char *name)
{
    for (; fields->name; fields++)
        if (!strcmp(fields->name, name))
            return fields;
    return NULL;
}

static bool is_repeated(const struct json *member)
{
    for (const struct json *later = member->next; later; later = later->next)
        if (!strcmp(later->name, member->name))
            return true;
    return false;
}

static int check_member(const struct json *member, const struct field *fields,
                        unsigned version, const struct place *place,
                        struct ch_error *err)
{
    const struct field *field = find_field(fields, member->name);
    const struct place at = {place, member->name, 0};

    if (!field)
        return refuse(err, &at, "there is no such field");
    if (is_repeated(member))
        return refuse(err, &at, "the field is there twice");
    if (field->since > version)
        return refuse(err, &at, "a field of cdiVersion %u.%u.0 and later",
                      field->since / 100, field->since % 100);
    if (member->kind == JSON_NULL)
        return 0;
    return (field->is_list ? check_list : check_item)(member, field, version,
                                                      &at, err);
}

static int check_object(const struct json *json, const struct field *fields,
                        unsigned version, const struct place *place,
                        struct ch_error *err)
{
    for (const struct json *member = json->first; member; member = member->next)
        if (check_member(member, fields, version, place, err) < 0)
            return -1;
    for (; fields->name; fields++)
        if (fields->is_required && !cdi_schema_field(json, fields->name))
            return refuse(err, place, "field \"%s\" is missing", fields->name);
    return 0;
}

/* --- what no table can say --------------------------------------------------
 */

static int check_version(const struct json *spec, unsigned *version,
                         struct ch_error *err)
{
    const char *text = cdi_schema_text(spec, "cdiVersion");

    if (!text)
        return ch_error_set(err, 0,
                            "field \"cdiVersion\" is missing, or not a "
                            "string");
    if (!cdi_text_version(text, version))
        return ch_error_set(err, 0,
                            "cdiVersion: \"%s\" is not a version such "
                            "as \"0.6.0\"",
                            text);
    if (*version < OLDEST || *version > NEWEST)
        return ch_error_set(err, 0,
                            "cdiVersion: \"%s\" is not known to this ch-run, "
                            "which reads 0.3.0 to 1.1.0",
                            text);
    return 0;
}

/* Grammars that have become wider. */
static int check_names(const struct json *spec, unsigned version,
                       struct ch_error *err)
{
    const char *kind = cdi_schema_text(spec, "kind");
    const struct place top = {0}, devices = {&top, "devices", 0};
    struct place at = {&devices, NULL, 0};

    if (version < CDI_VERSION(0, 6) && strchr(strchr(kind, '/'), '.'))
        return ch_error_set(err, 0,
                            "kind: a class with a dot, as in \"%s\", "
                            "needs cdiVersion 0.6.0",
                            kind);
    for (const struct json *device = cdi_schema_first(spec, "devices"); device;
         device = device->next, at.index++) {
        const char *name = cdi_schema_text(device, "name");

        if (version < CDI_VERSION(0, 5) && isdigit((unsigned char)name[0]))
            return refuse(err, &at,
                          "a name that begins with a digit, as \"%s\", needs "
                          "cdiVersion 0.5.0",
                          name);
        for (const struct json *later = device->next; later;
             later = later->next)
            if (!strcmp(name, cdi_schema_text(later, "name")))
                return refuse(err, &at, "there are two devices \"%s\"", name);
    }
    return 0;
}

int cdi_schema_check(const struct json *spec, struct ch_error *err)
{
    const struct place top = {0};
    unsigned version;

    if (spec->kind != JSON_OBJECT)
        return ch_error_set(err, 0, "%s, and not an object",
                            kind_in_words(spec->kind));
    if (check_version(spec, &version, err) < 0 ||
        check_object(spec, SPECIFICATION, version, &top, err) < 0)
        return -1;
    return check_names(spec, version, err);
}

/* --- reading ----------------------------------------------------------------
 */

const struct json *cdi_schema_field(const struct json *json, const char *name)
{
    const struct json *field = json_member(json, name);

    return field && field->kind != JSON_NULL ? field : NULL;
}

const char *cdi_schema_text(const struct json *json, const char *name)
{
    const struct json *field = cdi_schema_field(json, name);

    return field && field->kind == JSON_STRING ? field->text : NULL;
}

const struct json *cdi_schema_first(const struct json *json, const char *name)
{
    const struct json *field = cdi_schema_field(json, name);

    return field && field->kind == JSON_ARRAY ? field->first : NULL;
}
