/* Where this ch-run's own files are: relative to the program itself, so that an
   installation can be moved as a whole (Spack, modules). */

#ifndef CH_ENGINE_PATH_H
#define CH_ENGINE_PATH_H

#include "core/error.h"

/* The path of `file` in the package's library directory. Heap, the caller
   frees; NULL on error. */
char *engine_path(const char *file, struct ch_error *err);

/* The path of `file` in the directory that `relative` ("../etc") leads to from
   that of the program, without a ".." in it; likewise. */
char *engine_path_of(const char *relative, const char *file,
                     struct ch_error *err);

#endif
