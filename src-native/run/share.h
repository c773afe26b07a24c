/* One server for all launches of an image in a job step.

   The first launch binds an abstract Unix socket whose name follows from its
   key (share_key.h): the kernel lets one do so, and frees the name when the
   last descriptor of it is closed, however its owner ends. Its server listens
   there, holding the outer user and mount namespace with the image mounted in
   it. A later launch connects, sends its key, gets these namespaces'
   descriptors and enters them; then it makes a mount namespace of its own, as
   the first has done, and goes on like it. Both sides look at who the other is.

   --join goes by the same way, with another key: peers (join.h) get the
   container itself, which is complete, instead of the outer namespaces, and the
   keeper of a container is a process of its own.

   Nobody waits for a time: a launch waits for the server's answer or its end,
   and if the server ends before it has answered, the launch begins anew and may
   be the first itself. Once the descriptors are under way they keep the mount,
   whatever the server decides. Where anything is unusual (the name is somebody
   else's, a file in /proc cannot be read) a launch has a server of its own. */

#ifndef CH_SHARE_H
#define CH_SHARE_H

#include <stdbool.h>
#include <sys/types.h>

#include "run/plan.h"

enum share_role {
    SHARE_ALONE,  /* a server for this launch only */
    SHARE_FIRST,  /* later launches ask at `socket` */
    SHARE_JOINED, /* `socket` leads to a living server; we are in */
    SHARE_PEER    /* --join: we are in the container of our peers */
};

struct share {
    enum share_role role;
    int socket;
    char *key;       /* what those who come later must send; owned */
    char *container; /* --join: how it is made, as join_description(); owned */
    int keeper;      /* --join: to who keeps our container, or -1; owned */
};

/* What a server holds, and a launch gets: in this order in a message. */
enum share_place {
    SHARE_USER_NAMESPACE,
    SHARE_MOUNT_NAMESPACE,
    SHARE_HOST_ROOT, /* the directory, below what is mounted on "/" there */
    SHARE_PLACES
};

/* What launches send. */
struct share_message {
    enum {
        SHARE_ASK,     /* the key follows */
        SHARE_MOUNTED, /* with the root of a file system that lives as long as
                         the launch's mount namespace, and standard error if
                         more than errors are to be said there */
        SHARE_READY    /* --join: we are in. The first sends its user and mount
                          namespace; wants a report, as service.h has it */
    } kind;
    pid_t pid;
    int verbosity;
    unsigned linger; /* seconds */
};

/* What peers get: the container's. */
enum share_peer_place {
    SHARE_INNER_USER_NAMESPACE,
    SHARE_INNER_MOUNT_NAMESPACE,
    SHARE_PEER_PLACES
};

/* Find a living server for this launch and enter its outer namespaces, or
   become the first, or be alone. An error means that we are half-way in. */
int share_find(const struct plan *plan, struct share *share,
               struct ch_error *err);

/* --join: find the container of our peers and enter it (SHARE_PEER), or become
   the first. To be alone would be to hang, for programs that wait for peers, so
   whatever is in the way is an error. */
int share_find_peers(const struct plan *plan, struct share *share,
                     struct ch_error *err);

/* From the outer namespaces, with the image mounted: open what later launches
   will get. `places` has room for SHARE_PLACES. */
int share_open_places(int *places, struct ch_error *err);

/* Leave the shared mount namespace for a copy of our own. */
int share_leave(struct ch_error *err);

/* Whether a connection's other end is this user's: who listened, or who
   connected. */
bool share_is_own(int socket);

#endif
