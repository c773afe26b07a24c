#include "config.h"

#include "checkns/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "checkns/namespace.h"

static const struct step INSTALL_FILTER = {"seccomp(SECCOMP_SET_MODE_FILTER)",
                                           CAUSES_SECCOMP};

/* A filter of one instruction, which allows everything. Without privilege the
   kernel wants no_new_privs first. */
int check_seccomp(struct failure *failure)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &allow};

    if (check_no_new_privs(failure) < 0)
        return -1;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return failure_set(failure, &INSTALL_FILTER);
    return 0;
}
