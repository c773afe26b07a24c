/* What ch-checkns prints: a line for each check, and what they mean together.
 */

#ifndef CH_CHECKNS_REPORT_H
#define CH_CHECKNS_REPORT_H

#include "checkns/check.h"
#include "checkns/runner.h"

/* "NAME ... ok", or "NAME ... no: CAUSE (REMEDY); without it: LOST"; with
   `verbose` a failed call in a second line. On standard output. */
void report_outcome(const struct check *check, const struct outcome *outcome,
                    bool verbose);

/* The line of a check that was not tried because the one it needs failed. */
void report_untried(const struct check *check);

/* The last lines: can directory images run here, can SquashFS images be
   mounted? */
void report_summary(bool directories, bool fuse);

#endif
