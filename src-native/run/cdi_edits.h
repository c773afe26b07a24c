/* The edits of CDI specifications, read: what to mount, to set and to change.
 */

#ifndef CH_CDI_EDITS_H
#define CH_CDI_EDITS_H

#include "run/cdi.h"

/* Append what `json`, a "containerEdits" of `file` or NULL, asks for. What it
   names of the host must exist. What ch-run does not do is warned of. */
int cdi_edits_add(const struct log *log, const char *file,
                  const struct json *json, struct cdi_edits *edits,
                  struct ch_error *err);

void cdi_edits_release(struct cdi_edits *edits);

#endif
