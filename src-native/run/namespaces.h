/* User and mount namespaces: the only boundary there is. ch-run enters two,
   one in the other: in the outer it is root, so that it may mount; in the
   inner it is who the user asked for, and what it mounted is out of reach. */

#ifndef CH_NAMESPACES_H
#define CH_NAMESPACES_H

#include "run/plan.h"

/* Become root in a new user namespace with a mount namespace of its own.
   Afterwards the caller may mount, in its own view only. */
int namespaces_enter_outer(const struct plan *plan, struct ch_error *err);

/* From the outer namespaces: become the plan's uid and gid, in a new user
   namespace that owns no mount. */
int namespaces_enter_inner(const struct plan *plan, struct ch_error *err);

/* From the host's namespaces: enter those of a container that is there, and
   become whom its maps make us; that must be the plan's uid and gid. */
int namespaces_join(const struct plan *plan, int user_fd, int mount_fd,
                    struct ch_error *err);

#endif
