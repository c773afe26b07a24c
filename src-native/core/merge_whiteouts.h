/* Whiteouts applied to a tree in memory. */

#ifndef CH_MERGE_WHITEOUTS_H
#define CH_MERGE_WHITEOUTS_H

#include "layer_whiteouts.h"
#include "merge_index.h"

/* Delete what they hide but for what is the present layer's own. */
void merge_whiteouts_apply(struct layer_whiteouts *whiteouts,
                           struct merge_index *index);

#endif
