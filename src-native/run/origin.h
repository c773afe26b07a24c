/* Where a value of the plan comes from: what --print-config and --explain
   tell. */

#ifndef CH_ORIGIN_H
#define CH_ORIGIN_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/error.h"

enum origin_kind {
    ORIGIN_DEFAULT,
    ORIGIN_FILE,        /* place: its path; and the line */
    ORIGIN_ENVIRONMENT, /* place: "$NAME" */
    ORIGIN_OPTION       /* place: its name */
};

struct origin {
    enum origin_kind kind;
    const char *place; /* outlives the plan */
    unsigned line;
    bool fixed; /* options may not change it */
};

/* "default", "/etc/charliecloud/charliecloud.conf:3, fixed", "$CH_RUN_BIND" or
   "--bind". Heap, the caller frees; NULL: no memory. */
char *origin_text(const struct origin *origin);

/* Put the file or the variable that has asked for what failed in front of the
   error. Returns -1. */
int origin_blame(const struct origin *origin, struct ch_error *err);

/* Append {"kind": ...} with "place" and "line", where there are such. Returns
   0, or -1 with errno ENOMEM. */
int origin_json(struct buffer *buffer, const struct origin *origin);

#endif
