/* Run a check so that it can harm neither us nor the next one. */

#ifndef CH_CHECKNS_RUNNER_H
#define CH_CHECKNS_RUNNER_H

#include <stdbool.h>

#include "checkns/check.h"
#include "core/error.h"

struct outcome {
    bool ok;
    struct failure failure; /* if not ok and no signal */
    int signal;             /* what killed the check, or 0 */
};

/* Run the check in a child process and wait for its end. Fails if there is no
   child process to be had. */
int check_run(const struct check *check, struct outcome *outcome,
              struct ch_error *err);

#endif
