/* --isolate: namespaces of the container's own, for those who want a fence.

   A network and System V IPC come with the inner user namespace. Processes are
   another matter: who makes a PID namespace is not in it. So we fork: the
   child goes on and ends up as process 1 of the container, which reaps and
   passes signals on to the command, its child; we wait for that, and end as the
   command has ended. When process 1 ends, the kernel kills all the others. */

#ifndef CH_ISOLATE_H
#define CH_ISOLATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "run/plan.h"

enum isolation { ISOLATE_IPC = 1, ISOLATE_NET = 2, ISOLATE_PID = 4 };

struct isolate {
    pid_t child; /* 0 in the child */
    int socket;  /* to the other side, or -1; stays open as long as we live */
};

#define ISOLATE_INIT                                                           \
    {                                                                          \
        .child = 0, .socket = -1                                               \
    }

/* Add the kinds in `list`, "ipc,net,pid", to plan->isolated. */
int isolate_parse(struct plan *plan, const char *list, struct ch_error *err);

/* The same as text. Heap, the caller frees; NULL: no memory. */
char *isolate_text(const struct plan *plan);

/* The flags of unshare(2) for what comes with the inner user namespace. */
int isolate_flags(const struct plan *plan);

/* As root of the inner user namespace: the loopback device of a new network
   begins down. */
int isolate_network(const struct plan *plan, struct ch_error *err);

/* If processes are to be isolated: from the outer namespaces, fork into a PID
   namespace. Who returns with isolate->child set goes to isolate_wait(). */
int isolate_processes(const struct plan *plan, struct isolate *isolate,
                      struct ch_error *err);

/* Wait for the end of the container; does not return. */
void isolate_wait(struct isolate *isolate) __attribute__((noreturn));

/* In that namespace, when all is ready: fork again and be process 1. Returns in
   the process that shall become the command. */
int isolate_become_init(const struct plan *plan, struct isolate *isolate,
                        struct ch_error *err);

#endif
