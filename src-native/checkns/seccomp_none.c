#include "config.h"

#include "checkns/seccomp.h"

#include <errno.h>
#include <stddef.h>

static const struct cause CAUSES_SECCOMP[] = {
    {.text = "this build has no system call filters",
     .remedy = "whoever built Charliecloud can fix it: ./configure "
               "--with-seccomp"},
    CAUSE_NEXT(NULL),
};

static const struct step NOT_BUILT = {"seccomp, not compiled in",
                                      CAUSES_SECCOMP};

int check_seccomp(struct failure *failure)
{
    errno = ENOSYS;
    return failure_set(failure, &NOT_BUILT);
}
