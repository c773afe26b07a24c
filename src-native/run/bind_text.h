/* Binds as text: SRC[:DST][:ro|rw], of --bind and of $CH_RUN_BIND. A colon or a
   backslash that belongs to a path has a backslash in front of it. */

#ifndef CH_BIND_TEXT_H
#define CH_BIND_TEXT_H

#include "run/plan.h"

/* Append the bind that `text` stands for to the plan's. */
int bind_text_add(struct plan *plan, const char *text, struct ch_error *err);

/* Put those of $CH_RUN_BIND, one a line, in front of the plan's, so that the
   command line has the last word. Empty lines mean nothing. */
int bind_text_add_defaults(struct plan *plan, struct ch_error *err);

#endif
