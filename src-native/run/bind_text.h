/* Binds as text: SRC[:DST][:ro|rw], of --bind and of $CH_RUN_BIND. A colon or a
   backslash that belongs to a path has a backslash in front of it. */

#ifndef CH_BIND_TEXT_H
#define CH_BIND_TEXT_H

#include "run/plan.h"

/* Append the bind that `text` stands for to the plan's. */
int bind_text_add(struct plan *plan, const char *text, struct ch_error *err);

/* The text that stands for a bind. Heap, the caller frees; NULL: no memory. */
char *bind_text_of(const struct bind *bind);

/* Where binds for every container can be, too. */
#define BIND_TEXT_VARIABLE "CH_RUN_BIND"

/* Append those of $CH_RUN_BIND, one a line. Empty lines mean nothing. */
int bind_text_add_defaults(struct plan *plan, struct ch_error *err);

#endif
