/* /etc/passwd and /etc/group for the container: its user and group by name,
   root, and nobody. */

#ifndef CH_PASSWD_H
#define CH_PASSWD_H

#include "run/plan.h"

/* Write the files "passwd" and "group" into the directory `scratch_fd` and
   bind them over those of the image below `root_fd`, where it has them. */
int passwd_mount(const struct plan *plan, int root_fd, int scratch_fd,
                 struct ch_error *err);

/* The name of the user `uid`: "root" for 0; $USER for who started ch-run; else
   the host's name for that uid, or "user". Heap, the caller frees; NULL if
   memory ran out. */
char *passwd_user_name(const struct plan *plan, uid_t uid);

#endif
