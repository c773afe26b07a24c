/* Images in the storage directory, which ch-image makes, by name. */

#ifndef CH_STORED_IMAGE_H
#define CH_STORED_IMAGE_H

#include <stdbool.h>

#include "run/plan.h"

/* Look for the image that plan->image_path names, and note it in the plan: its
   directory, and those of the layers below that. Nothing is made and nobody
   waited for. `*found` is false where there is no such image. */
int stored_image_find(struct plan *plan, bool *found, struct ch_error *err);

/* Directories, opened; initialise with {0}. */
struct layer_fds {
    int *fds;
    size_t count;
};

/* Open the layers below the image, the newest first, and append them. */
int stored_image_open(const struct plan *plan, struct layer_fds *layers,
                      struct ch_error *err);

void layer_fds_release(struct layer_fds *layers);

/* Forget the layers. */
void stored_image_release(struct plan *plan);

#endif
