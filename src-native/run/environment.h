/* The environment of the command: what ch-run changes by itself, then the
   user's changes in the order of the command line. */

#ifndef CH_ENVIRONMENT_H
#define CH_ENVIRONMENT_H

#include "run/plan.h"

/* Open and read the host's files that --set-env names: they are out of reach
   once the container is entered. Replaces the plan's ENVIRONMENT_SET_FILE
   arguments in `texts`, one for each change, NULL where there is no file; heap,
   as is each, and needed until the command is executed. */
int environment_load(const struct plan *plan, char ***texts,
                     struct ch_error *err);

/* Change this process's environment. In the container, since the image's own
   /ch/environment may be asked for. */
int environment_apply(const struct plan *plan, char *const *texts,
                      struct ch_error *err);

#endif
