/* The process's descriptors as a whole. */

#ifndef CH_DESCRIPTORS_H
#define CH_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

/* Occupy those of the descriptors 0, 1 and 2 that are closed, until exec, so
   that no file of ours becomes somebody's standard error. */
int descriptors_reserve_standard(struct ch_error *err);

/* Close every descriptor but the `count` ones in `kept`; 0, 1 and 2 become
   /dev/null, but 2 stays if `keep_stderr`. */
int descriptors_close_except(const int *kept, size_t count, bool keep_stderr,
                             struct ch_error *err);

#endif
