/* $NAME in the paths of a configuration: one file serves all users. */

#ifndef CH_SETTING_EXPAND_H
#define CH_SETTING_EXPAND_H

#include "run/plan.h"

enum expansion {
    EXPANSION_NONE,
    EXPANSION_PATH,
    EXPANSION_BIND /* what is put in is no colon of the bind's */
};

/* Replace each $NAME or ${NAME} in `text` by that environment variable; a
   dollar that is meant is written "\$". $USER need not be set: the host's name
   for the user is taken. `*expanded` is heap, the caller's. That another
   variable is not set, or empty, is an error. */
int setting_expand(const struct plan *plan, const char *text,
                   enum expansion expansion, char **expanded,
                   struct ch_error *err);

#endif
