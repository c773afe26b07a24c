/* Questions to the host about what has run out. None of them fails: what cannot
   be read is answered with no. */

#ifndef CH_HOST_LIMITS_H
#define CH_HOST_LIMITS_H

#include <stdbool.h>

bool host_lets_files_be_raised(void); /* RLIMIT_NOFILE: soft < hard */
bool host_group_is_full(void);        /* pids.max of our control group */
bool host_user_is_full(void);         /* RLIMIT_NPROC; never of root */
bool host_is_full_of_processes(void); /* kernel.threads-max, kernel.pid_max */
bool host_commits_no_more(void); /* vm.overcommit_memory = 2, CommitLimit */

#endif
