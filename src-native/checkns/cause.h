/* Why the kernel said no, and who can change that. One errno value has many
   causes (EPERM alone has six), told apart by what else can be seen: sysctls,
   files in /proc, the mode of a device. */

#ifndef CH_CHECKNS_CAUSE_H
#define CH_CHECKNS_CAUSE_H

#include <stdbool.h>

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

/* Tables for several steps: making a user namespace; using the capabilities
   that it brings (id maps, mounts); any call that needs no privilege. */
extern const struct cause CAUSES_USER_NAMESPACE[];
extern const struct cause CAUSES_CAPABILITY[];
extern const struct cause CAUSES_UNPRIVILEGED[];

#endif
