/* Advisory locks on open files, gone with the last descriptor: whoever is
   killed leaves none. */

#ifndef CH_LOCK_H
#define CH_LOCK_H

#include <stdbool.h>

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Try to lock the file `fd`, for us alone or with all who share it; a lock we
   hold is turned into that. `*taken` tells whether we have it. Never waits. */
int lock_try(int fd, bool shared, bool *taken, struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
