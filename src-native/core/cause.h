/* Why the kernel said no, and who can change that. One errno value has many
   causes (EPERM alone has six), told apart by what else can be seen: sysctls,
   files in /proc, limits, the mode of a device. */

#ifndef CH_CAUSE_H
#define CH_CAUSE_H

#include <stdbool.h>

#include "core/error.h"

struct cause {
    int errnums[3];           /* explains these; all 0: any */
    bool (*applies)(void);    /* NULL: always */
    const char *text;         /* the cause; NULL ends the table */
    const char *remedy;       /* "WHO can fix it: HOW" */
    const struct cause *next; /* with text NULL: where the search goes on */
};

/* The last entry of a table: go on with another one, or NULL. */
#define CAUSE_NEXT(table)                                                      \
    {                                                                          \
        .next = (table)                                                        \
    }

/* The first cause, in `causes` and the tables it goes on with, that explains
   `errnum` on this host; or NULL. */
const struct cause *cause_find(const struct cause *causes, int errnum);

/* Add to `err`, whose errnum says what the kernel answered, the cause and, as
   its hint, the remedy. Where no cause is found it stays as it is. Returns
   -1. */
int cause_explain(const struct cause *causes, struct ch_error *err);

/* Tables for several steps. First those of namespaces: making a user namespace
   (with a mount namespace, or alone); writing its id maps; using the
   capabilities that it brings; making others besides; entering them. */
extern const struct cause CAUSES_NAMESPACES[];
extern const struct cause CAUSES_USER_NAMESPACE[];
extern const struct cause CAUSES_MOUNT_NAMESPACE[];
extern const struct cause CAUSES_ID_MAP[];
extern const struct cause CAUSES_CAPABILITY[];
extern const struct cause CAUSES_ISOLATION[];
extern const struct cause CAUSES_PID_NAMESPACE[];
extern const struct cause CAUSES_JOIN[];

/* Mounts: any, and those of a type, where a tmpfs could be mounted before. */
extern const struct cause CAUSES_MOUNT[];
extern const struct cause CAUSES_TMPFS[];
extern const struct cause CAUSES_OVERLAY[];
extern const struct cause CAUSES_FUSE_MOUNT[];
extern const struct cause CAUSES_PIVOT_ROOT[];

/* Reading in /proc; opening /dev/fuse; starting a process; a filter of system
   calls; any call that needs no privilege; writing to a file system; what has
   run out, whatever the call. */
extern const struct cause CAUSES_PROC[];
extern const struct cause CAUSES_FUSE_DEVICE[];
extern const struct cause CAUSES_PROCESS[];
extern const struct cause CAUSES_SECCOMP[];
extern const struct cause CAUSES_UNPRIVILEGED[];
extern const struct cause CAUSES_DISK[];
extern const struct cause CAUSES_RESOURCE[];

#endif
