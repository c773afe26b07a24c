/* Emulation of root by a filter of system calls (--seccomp): calls that only
   root may use do nothing and succeed. seccomp.c, or seccomp_none.c where the
   build has no kernel headers for it. */

#ifndef CH_RUN_SECCOMP_H
#define CH_RUN_SECCOMP_H

#include "core/error.h"

/* 0 if this build can emulate root on this architecture, else an error. */
int seccomp_check(struct ch_error *err);

/* From now on, this process and its descendants are under the filter, for
   ever. Before, we must hold CAP_SYS_ADMIN in our user namespace or have set
   no_new_privs. The filter is then tried out: if it does not what it should,
   that is an error. */
int seccomp_install(struct ch_error *err);

#endif
