/* Layers made by chance: few names, so that layers and their members often meet
   in one. */

#ifndef CH_LAYER_RANDOM_H
#define CH_LAYER_RANDOM_H

#include <stdint.h>

#include "archive_builder.h"

/* A sequence of numbers that is the same for the same seed, never 0. */
uint32_t random_next(uint32_t *state);

/* A number below `limit`. */
unsigned random_below(uint32_t *state, unsigned limit);

/* Add the members of a layer. Names go through no symlink of the layer itself:
   what is behind it may be another layer's. */
void random_layer(struct archive_builder *builder, uint32_t *state);

/* The same without that rule. A hard link may be to what is there no more. */
void random_tangled_layer(struct archive_builder *builder, uint32_t *state);

#endif
