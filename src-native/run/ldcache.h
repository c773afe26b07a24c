/* The cache in which the dynamic linker of a container finds libraries outside
   of its usual directories: ld.so.cache(5), made by ldconfig(8). */

#ifndef CH_LDCACHE_H
#define CH_LDCACHE_H

#include "run/plan.h"

/* As root of the outer namespaces, in the container: if CDI devices bring
   libraries, have the image's own ldconfig(8) make the cache again, with their
   directories. An image without it is warned of. */
int ldcache_update(const struct plan *plan, struct ch_error *err);

#endif
