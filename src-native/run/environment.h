/* The environment of the command: what ch-run changes by itself, then the
   user's changes in the order of the command line. */

#ifndef CH_ENVIRONMENT_H
#define CH_ENVIRONMENT_H

#include "run/plan.h"

/* Open and read the host's files that --set-env names: they are out of reach
   once the container is entered. Replaces the plan's ENVIRONMENT_SET_FILE
   arguments in `texts`, one for each change, NULL where there is no file; heap,
   as is each; freed with environment_release(). */
int environment_load(const struct plan *plan, char ***texts,
                     struct ch_error *err);

/* Change this process's environment. In the container, since the image's own
   /ch/environment may be asked for. */
int environment_apply(const struct plan *plan, char *const *texts,
                      struct ch_error *err);

void environment_release(const struct plan *plan, char **texts);

/* The home directory in the container: /home/$USER with --home, /root for uid
   0, else "/". Heap, the caller frees; NULL with errno set. */
char *environment_home(const struct plan *plan);

#endif
