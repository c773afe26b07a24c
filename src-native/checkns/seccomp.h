/* Check of system call filters: seccomp.c, or seccomp_none.c where the build
   has no kernel headers for them. */

#ifndef CH_CHECKNS_SECCOMP_H
#define CH_CHECKNS_SECCOMP_H

#include "checkns/check.h"

check_function check_seccomp;

#endif
