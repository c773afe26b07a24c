/* YAML as a JSON tree. The parser stands on libyaml and is a shared object in
   the package's library directory, opened when there is a YAML file to be read:
   no other launch loads anything for it. */

#ifndef CH_CDI_YAML_H
#define CH_CDI_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/json.h"

#define CDI_YAML_FILE   "cdi-yaml.so"
#define CDI_YAML_SYMBOL "cdi_yaml_parser"

/* A module of another release is refused. */
#define CDI_YAML_ABI 1

struct cdi_yaml_parser {
    int abi;
    /* Parse one document. Plain scalars are null, truth values, numbers and
       strings as in YAML's core schema, quoted ones are strings; what JSON has
       not (aliases, tags, keys that are no strings) is refused. Returns the
       tree, which the caller frees, or NULL. */
    struct json *(*parse)(const char *text, size_t length,
                          struct ch_error *err);
};

/* Whether this build reads YAML. */
bool cdi_yaml_is_available(void);

/* Open the module and parse. */
struct json *cdi_yaml_parse(const char *text, size_t length,
                            struct ch_error *err);

#endif
