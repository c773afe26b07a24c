/* --join: the container's keeper (keeper.h) is a small process of its own,
   which ends with the container. It does not serve an image: the server of a
   SquashFS may have been there before, and may have other launches besides. */

#ifndef CH_KEEPER_PROCESS_H
#define CH_KEEPER_PROCESS_H

#include <stdbool.h>

#include "run/plan.h"
#include "run/share.h"

/* Join our peers (SHARE_PEER), or become the first and start the process. Like
   fork(2) it then returns twice: in the process `*is_keeper` is set. */
int keeper_process_start(const struct plan *plan, struct share *share,
                         bool *is_keeper, struct ch_error *err);

/* That process's whole life; returns its exit status. */
int keeper_process_run(const struct plan *plan, struct share *share);

#endif
