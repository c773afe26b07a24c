/* Damaged copies of an image, each made from a number of its own, so that what
   goes wrong with one can be had again. */

#ifndef CH_MUTATION_H
#define CH_MUTATION_H

#include <stddef.h>
#include <stdint.h>

/* Of whole images: smaller ones have no superblock to be damaged. */
#define MUTATION_SIZE_MIN 96

/* Damage `image` in place. Returns how much of it is left: some are cut short,
   too. */
size_t mutation_make(unsigned char *image, size_t size, uint64_t seed);

#endif
