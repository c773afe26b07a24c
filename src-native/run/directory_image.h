/* Directories that people take for images. */

#ifndef CH_DIRECTORY_IMAGE_H
#define CH_DIRECTORY_IMAGE_H

#include "run/plan.h"

/* Refuse plan->image, a directory that the user has named, where it is known to
   be something else than a root file system; say what to do instead. */
int directory_image_check(const struct plan *plan, struct ch_error *err);

#endif
