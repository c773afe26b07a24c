/* The lock of an overlay's directory: one writer at a time, who can be named.

   In the file are the process id of the launch, that of the process that holds
   the lock for it (0: the command and its descendants do), and the host. */

#ifndef CH_OVERLAY_LOCK_H
#define CH_OVERLAY_LOCK_H

#include <sys/types.h>

#include "core/error.h"

/* The descriptor on which a holder has the inotify instance that tells of the
   end of the overlay: by it, others see in /proc that it only has to notice
   that yet. */
#define OVERLAY_WATCH_FD 64

/* Open and take the lock below the directory `dir_fd`, which is called `dir`
   in messages. Returns a descriptor, or -1: somebody else writes there. */
int overlay_lock_take(int dir_fd, const char *dir, struct ch_error *err);

/* Write down for whom it is held, and by whom. */
int overlay_lock_sign(int lock_fd, pid_t launch, pid_t holder,
                      struct ch_error *err);

#endif
