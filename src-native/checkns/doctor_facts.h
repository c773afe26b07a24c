/* The parts of the report that --doctor prints: lines "LABEL: FACT", appended
   to a buffer. They return 0, or -1 without memory. */

#ifndef CH_CHECKNS_DOCTOR_FACTS_H
#define CH_CHECKNS_DOCTOR_FACTS_H

#include "core/buffer.h"

int doctor_package(struct buffer *report); /* version, build, engines */
int doctor_kernel(struct buffer *report);  /* kernel, distribution, sysctls */
int doctor_process(struct buffer *report); /* ids, limits, cgroup */
int doctor_fuse(struct buffer *report);    /* /dev/fuse, fusermount3 */
int doctor_places(struct buffer *report);  /* file systems */
int doctor_environment(struct buffer *report); /* names of variables */

#endif
