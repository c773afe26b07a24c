/* Why a file could not be executed. */

#ifndef CH_COMMAND_CAUSE_H
#define CH_COMMAND_CAUSE_H

#include "core/error.h"

/* Look at `file`, for which execve(2) failed with the errnum of `err`, and at
   what it needs to run, and add to the error what is wrong with them and who
   can fix it. Where nothing is found it stays as it is. Returns -1. */
int command_explain(const char *file, struct ch_error *err);

#endif
