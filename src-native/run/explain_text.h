/* What --explain found out, as text and as JSON. */

#ifndef CH_EXPLAIN_TEXT_H
#define CH_EXPLAIN_TEXT_H

#include "core/buffer.h"
#include "run/mountinfo.h"
#include "run/plan.h"

struct explain_place {
    const struct explain_mount *mount;
    struct mountinfo line; /* unless it is predicted; then `at` alone */
};

/* All that is told and is not in the plan. */
struct explain_facts {
    const struct plan *plan;
    struct explain_place *places; /* in the order in which they were mounted */
    size_t place_count;
    struct explain_mount joined; /* --join: of places that others mounted */
    char *uids, *gids; /* of the container, as in /proc/self/uid_map */
    char *directory;   /* where the command begins */
    char **command;
    char *file;               /* what is executed; NULL: it is not there */
    const char *command_from; /* "the command line" */
    const char *entry_from;   /* the same of what precedes it, or NULL */
    const char *image_kind;   /* "directory" */
    char *identity;           /* of the image's file */
};

/* What is told of a directory or an image below the one that is run, and doing
   that for each, from the top down. */
typedef int explain_below(struct buffer *buffer, const char *path,
                          const struct explain_rule *rule);
int explain_each_below(struct buffer *buffer, const struct plan *plan,
                       explain_below *add);

/* Append them. Returns 0, or -1 without memory. */
int explain_text(struct buffer *buffer, const struct explain_facts *facts);
int explain_json(struct buffer *buffer, const struct explain_facts *facts);

#endif
