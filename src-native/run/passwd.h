/* /etc/passwd and /etc/group for the container: its user and group by name,
   root, and nobody. */

#ifndef CH_PASSWD_H
#define CH_PASSWD_H

#include <stdbool.h>

#include "run/plan.h"

/* Write the files "passwd" and "group" into the directory `scratch_fd` and
   bind them over those of the image below `root_fd`, where it has them. */
int passwd_mount(const struct plan *plan, int root_fd, int scratch_fd,
                 struct ch_error *err);

/* The name of who started ch-run: $USER, or the host's. Heap, the caller frees;
   NULL with errno set. */
char *passwd_user_name(const struct plan *plan);

/* The home directory in the container: /home/NAME with --home, where NAME is
   $USER or the host's name for who started ch-run; /root for uid 0, else "/".
   Heap, the caller frees; NULL with errno set. */
char *passwd_home(const struct plan *plan);

/* Whether passwd_mount() has found a file in the image to replace. */
bool passwd_is_mounted(int scratch_fd);

#endif
