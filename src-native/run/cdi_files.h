/* The CDI specifications of this host: the *.json and *.yaml files of some
   directories. */

#ifndef CH_CDI_FILES_H
#define CH_CDI_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/json.h"
#include "run/log.h"

struct cdi_spec {
    char *file;
    size_t directory;  /* which it came from; later ones win */
    struct json *json; /* checked */
    bool is_used;      /* a device of it has been asked for */
};

struct cdi_files {
    struct cdi_spec *specs; /* in the order of directories, then names */
    size_t count;
    size_t skipped;        /* files that are no specification */
    struct ch_error error; /* what is wrong with the first of those */
};

/* Read `list`, directories with colons between them. One that is not there is
   an error if `is_strict`. A file that is no good is warned of, and counted. */
int cdi_files_read(const struct log *log, const char *list, bool is_strict,
                   struct cdi_files *files, struct ch_error *err);

/* Parse and check one. Returns the tree, which the caller frees, or NULL. */
struct json *cdi_files_parse(const char *file, struct ch_error *err);

/* Free what it holds. */
void cdi_files_release(struct cdi_files *files);

#endif
