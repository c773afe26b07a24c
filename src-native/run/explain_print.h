/* What --explain prints. */

#ifndef CH_EXPLAIN_PRINT_H
#define CH_EXPLAIN_PRINT_H

#include "run/image_config.h"
#include "run/plan.h"

/* Print it on standard output, in the container, where `command` would be
   executed now. */
int explain_print(const struct plan *plan, const struct image_config *config,
                  char **command, struct ch_error *err);

#endif
