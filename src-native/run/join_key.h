/* Which launches are peers, where --join does not say so itself; and how the
   container is made that they share. */

#ifndef CH_JOIN_KEY_H
#define CH_JOIN_KEY_H

#include "run/plan.h"

/* The job step that we are in, as the launchers of parallel programs tell it in
   the environment (Slurm, PMIx, OpenMPI, MPICH's Hydra and others), else the
   process that has started us. The caller frees it; NULL without memory. */
char *join_default_tag(void);

/* How many processes of it are on this node, as the same tell; 0 if none does.
 */
unsigned join_default_count(void);

/* The key (share_key.h) of the peers: the tag, this node, the image, the user
   and group. The caller frees it. NULL if any of it cannot be found out. */
char *join_key(const struct plan *plan);

/* All options that the container depends on, a line each: peers must agree. The
   caller frees it; NULL without memory. */
char *join_description(const struct plan *plan);

#endif
