/* How many threads are worth while. */

#ifndef CH_CPUS_H
#define CH_CPUS_H

/* How many CPUs the calling thread may use now; at least 1. That can change:
   see run/affinity.h. */
unsigned cpus_allowed(void);

#endif
