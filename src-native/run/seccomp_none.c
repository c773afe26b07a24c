/* ./configure --without-seccomp, or no kernel headers for it. */

#include "config.h"

#include "run/seccomp.h"

int seccomp_check(struct ch_error *err)
{
    ch_error_set(err, 0,
                 "cannot emulate root: this ch-run was built without system "
                 "call filters");
    return ch_error_hint(err, "whoever built it can add them: ./configure "
                              "--with-seccomp");
}

int seccomp_install(struct ch_error *err)
{
    return seccomp_check(err);
}
