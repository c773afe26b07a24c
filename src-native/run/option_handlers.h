/* What each option does to the plan: a small function for each line of
   options.def, in that order. */

#ifndef CH_OPTION_HANDLERS_H
#define CH_OPTION_HANDLERS_H

#include "core/error.h"
#include "run/options.h"
#include "run/plan.h"

/* What a handler works on. */
struct parse {
    struct plan *plan;
    struct options_result *result;
    struct ch_error *err;
};

/* Returns 0, or -1 if the argument is not one of the option; NULL where the
   option takes none, or an optional one is not given. */
typedef int option_handler(struct parse *parse, const char *argument);

#define CH_OPTION(name, letter, argument, help, handler) option_handler handler;
#include "run/options.def"
#undef CH_OPTION

#endif
