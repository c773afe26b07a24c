/* A first look into an archive: does one directory hold everything? */

#ifndef CH_TAR_SCAN_H
#define CH_TAR_SCAN_H

#include "control.h"
#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Find the one directory that every member of the archive `path` is below:
   archives made of a directory have one, archives of a root file system have
   none. A directory that a root file system has by standard ("bin") never
   counts. Stops reading once two names are seen at the top. `*top` is a heap
   string the caller frees, "" where there is no such directory. */
int tar_scan(const char *path, struct ch_control *control, char **top,
             struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
