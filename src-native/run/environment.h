/* The environment of the command: what ch-run changes by itself, then the
   user's changes in the order of the command line. */

#ifndef CH_ENVIRONMENT_H
#define CH_ENVIRONMENT_H

#include "run/image_config.h"
#include "run/plan.h"

/* A file of variables, in memory; NULL where there is none. */
struct environment_text {
    char *data;
    size_t length;
};

/* Open and read the host's files that --set-env and --set-env0 name: they are
   out of reach once the container is entered. `*texts` gets one for each
   change, needed until the command is executed: environment_release(). */
int environment_load(const struct plan *plan, struct environment_text **texts,
                     struct ch_error *err);

/* Of the same plan; NULL is none. */
void environment_release(const struct plan *plan,
                         struct environment_text *texts);

/* Change this process's environment. In the container, since the image's own
   /ch/environment may be asked for by --set-env. */
int environment_apply(const struct plan *plan,
                      const struct image_config *config,
                      const struct environment_text *texts,
                      struct ch_error *err);

#endif
