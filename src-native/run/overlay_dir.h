/* --overlay=DIR: the directory that keeps what containers write, for the next
   run.

     upper  what was written, in the form of overlayfs
     work   overlayfs's own
     lock   flock(2) by the one who writes, and who that is

   The lock must last as long as anything can write, be it a daemon that the
   command leaves behind, and the command shall not have to keep a descriptor
   open for that. So a process of ours holds it. It waits for an inotify(7)
   event that tells that the overlay is unmounted: the kernel does that when the
   last process of the mount namespace is gone, before the end of that process
   can be seen.

   Who only reads takes no lock, and sees what has been written until then. */

#ifndef CH_OVERLAY_DIR_H
#define CH_OVERLAY_DIR_H

#include <stdbool.h>
#include <sys/stat.h>

#include "run/plan.h"

/* A directory taken for writing. */
struct overlay_hold {
    struct stat directory; /* which one it is, whatever its path leads to */
    int lock_fd;           /* or -1; owned */
    int socket;            /* between the holder and us, or -1; owned */
    bool is_holder; /* true in the holder, which goes to overlay_dir_hold() */
};

#define OVERLAY_HOLD_INIT                                                      \
    {                                                                          \
        .lock_fd = -1, .socket = -1                                            \
    }

/* Take the plan's directory for writing, if it has one: make what is not there,
   find out whether its file system can hold an overlay, lock it, and start the
   holder: like fork(2) it then returns twice, in the holder with
   hold->is_holder set. Before any namespace is entered. */
int overlay_dir_take(const struct plan *plan, struct overlay_hold *hold,
                     struct ch_error *err);

/* The holder's whole life. */
void overlay_dir_hold(struct overlay_hold *hold);

/* From the outer namespaces, where overlayfs can have it: open the directory
   itself, or what it keeps if the plan only reads that. Returns a descriptor
   for paths only, or -1. */
int overlay_dir_open(const struct plan *plan, const struct overlay_hold *hold,
                     struct ch_error *err);

/* The overlay is mounted, and `root_fd` is its root: let go of the lock when
   that is gone. */
int overlay_dir_hand_over(const struct plan *plan, struct overlay_hold *hold,
                          int root_fd, struct ch_error *err);

/* What can be done where the file system of a directory cannot hold what
   overlayfs writes. Returns -1. */
int overlay_dir_hint(struct ch_error *err);

#endif
