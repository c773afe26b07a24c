/* The storage directory: --storage, $CH_IMAGE_STORAGE, what is configured, or
   /var/tmp/$USER.ch. */

#ifndef CH_STORAGE_H
#define CH_STORAGE_H

#include "run/plan.h"

/* /var/tmp/$USER.ch, or where $USER is not set, with the uid instead. Heap, the
   caller frees; NULL: no memory. */
char *storage_default_path(void);

/* Open the storage directory, made if it is not there, and note its path in
   the plan. It must be the user's own. Returns a descriptor the caller closes,
   or -1. */
int storage_open_root(struct plan *plan, struct ch_error *err);

/* The same, but it is an error (errnum ENOENT) if it is not there. */
int storage_open_existing(struct plan *plan, struct ch_error *err);

/* The same for who changes nothing in it: where it is named, it may be somebody
   else's. */
int storage_open_to_read(struct plan *plan, struct ch_error *err);

/* Open its folder `name`, made if it is not there; likewise. */
int storage_open(int storage_fd, const char *name, struct ch_error *err);

#endif
