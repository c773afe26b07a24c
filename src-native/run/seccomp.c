#include "config.h"

#include "run/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cause.h"
#include "run/seccomp_filter.h"

#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW /* Linux 4.17 */
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW 4
#endif

int seccomp_check(struct ch_error *err)
{
    return seccomp_filter_check(seccomp_filter_own_architecture(), err);
}

/* No kernel lets an ordinary process load another kernel, and no program in a
   container tries: the call can only succeed if it is faked. Its arguments are
   wrong, for the case that it is not and we are root. */
static int try_out(struct ch_error *err)
{
    if (syscall(SYS_kexec_load, 0L, 0L, NULL, ~0L) == 0)
        return 0;
    return ch_error_set(err, errno,
                        "cannot emulate root: the filter is in force, but "
                        "kexec_load(2) is not faked");
}

int seccomp_install(struct ch_error *err)
{
    struct seccomp_filter filter;
    struct sock_fprog program = {.filter = filter.code};

    if (seccomp_check(err) < 0)
        return -1;
    seccomp_filter_make(&filter);
    program.len = filter.length;
    /* The filter fences nobody in, so it need not slow the processor down:
       before Linux 5.16 a filter without this flag does. */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) < 0) {
        ch_error_set(err, errno,
                     "cannot emulate root: cannot install the system call "
                     "filter");
        return cause_explain(CAUSES_SECCOMP, err);
    }
    return try_out(err);
}
