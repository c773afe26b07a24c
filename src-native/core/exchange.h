/* Two paths exchanged in one step, so that whoever is killed leaves either
   order and nothing between. */

#ifndef CH_EXCHANGE_H
#define CH_EXCHANGE_H

#include <stdbool.h>

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Let two paths of one file system stand for each other's files. `*done` is
   false where the file system cannot do that; nothing has changed then. */
int exchange_paths(const char *one, const char *other, bool *done,
                   struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
