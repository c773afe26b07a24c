/* SIF, the image format of Apptainer and Singularity: a file of data objects,
   one of which is the root file system, in most files a SquashFS image that
   can be used where it lies. */

#ifndef CH_SIF_H
#define CH_SIF_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIF_MAGIC        "SIF_MAGIC"
#define SIF_MAGIC_OFFSET 32

struct sif_partition {
    uint64_t offset; /* in the file */
    uint64_t size;
};

/* Find the root file system (the "primary system partition") of `fd`, a regular
   file open for reading, which must be SquashFS. Errors: there is none, it is
   encrypted or of another type, the file is damaged or cut short. The messages
   do not name the file: the caller wraps them. */
int sif_find_root(int fd, struct sif_partition *root, struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
