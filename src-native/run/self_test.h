/* What ch-run says, without a reason to say it: for tests of those who collect
   messages, such as job scripts and ours. */

#ifndef CH_SELF_TEST_H
#define CH_SELF_TEST_H

#include <stdbool.h>

#include "run/log.h"

/* A line at each level; then 0, or an error and -1 if it `fails`. */
int self_test_log(const struct log *log, bool fails, struct ch_error *err);

/* That many warnings. */
void self_test_warn(const struct log *log, unsigned count);

#endif
