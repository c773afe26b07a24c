/* Images besides the one that is run: those that lie below it (--lower), and
   SquashFS files that are bound to a directory of the container. */

#ifndef CH_FURTHER_H
#define CH_FURTHER_H

#include "run/plan.h"

enum further_use { FURTHER_BELOW, FURTHER_BOUND };

struct further_image {
    enum further_use use;
    const char *path; /* as the user gave it */
    struct origin origin;
    /* What there is to be done with it: the plan, but for the image. Of what
       that owns, `image`, `layers`, `image_fd` and a storage of its own are
       ours. */
    struct plan plan;
};

/* Append --lower=PATH; the path must outlive the plan. */
int further_add_lower(struct plan *plan, const char *path,
                      struct ch_error *err);

/* Take those back whose origin `is_forgotten` says so of; before the images are
   examined. */
void further_forget(struct plan *plan,
                    bool (*is_forgotten)(const struct origin *));

/* Examine all that lie below, and find the binds whose sources are images. To
   show the file itself, a bind has no destination or one of the same name.
   What is settled of the plan's own image and of its options is copied. */
int further_complete(struct plan *plan, struct ch_error *err);

/* Unpack the SquashFS files among them, because of `reason`. */
int further_unpack(struct plan *plan, const char *reason, struct ch_error *err);

/* How many lie below the image. */
size_t further_count_below(const struct plan *plan);

void further_release(struct plan *plan);

#endif
