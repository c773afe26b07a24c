/* ch-run --print-config: every value and where it comes from. */

#ifndef CH_SETTINGS_PRINT_H
#define CH_SETTINGS_PRINT_H

#include "run/plan.h"

/* Print it on standard output. As text it is a configuration file, with the
   origins as comments. */
int settings_print(const struct plan *plan, bool is_json, struct ch_error *err);

#endif
