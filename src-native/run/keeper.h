/* The part of a shared server that speaks with launches, in a thread beside the
   one that serves files.

   It holds the mount, through the mount namespace, as long as any launch needs
   it, and no longer: what it holds, the kernel does not end. A launch counts
   from its connection on; then it sends the root of a file system in memory
   that only its own mount namespace holds, on which the keeper sets an
   inotify(7) watch. When the last process of that namespace is gone, the kernel
   destroys the file system and says so: without polling, process ids, or
   anything open in the command, and on every kernel. When no launch is left,
   and the time to linger is over, the keeper closes the name and the
   namespaces; the mount goes, and the server's other part reads ENODEV.

   With --join it keeps one container instead (container.h), which the first
   launch makes and which others enter as it is. It ends with that, by the same
   watch. A peer on its way in is one whose connection is open: as long as there
   is one, the container is held. */

#ifndef CH_KEEPER_H
#define CH_KEEPER_H

#include "run/plan.h"
#include "run/share.h"

struct keeper_state;

struct keeper {
    const struct plan *plan;
    const struct share *share;  /* SHARE_FIRST */
    int places[SHARE_PLACES];   /* owned; without --join */
    struct keeper_state *state; /* from keeper_start() on */
};

/* Keep the places for the launch at the other end of `socket` and all that
   join; from now on the socket, the share's and the places are the keeper's.
   Where that cannot be, they are closed, and the server is the first launch's
   alone. */
void keeper_start(struct keeper *keeper, int socket);

/* The same in this thread, until there is nothing more to keep: for a process
   that has nothing else to do. */
void keeper_run(struct keeper *keeper, int socket);

/* Tell all launches that show so much (LOG_LEVEL_INFO), as if each said it
   itself. By any thread. */
void keeper_tell(struct keeper *keeper, const char *text);

#endif
