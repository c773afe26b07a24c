/* The container that peers share (--join), as its keeper knows it.

   What the keeper holds, the kernel does not end: so it holds the container's
   mount namespace only while a peer is on its way in, and at other times opens
   it anew, through /proc, from a process that is in it. */

#ifndef CH_CONTAINER_H
#define CH_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

/* Processes that are remembered. More are found by looking at all there are. */
#define CONTAINER_MEMBERS 64

struct container {
    int user_fd;  /* its user namespace, or -1 before it is known; held, so that
                     no other one gets its number */
    int mount_fd; /* its mount namespace, or -1 */
    ino_t user, mount;                /* their numbers */
    pid_t members[CONTAINER_MEMBERS]; /* the latest to come; 0: none */
    unsigned next;
};

#define CONTAINER_INIT                                                         \
    {                                                                          \
        .user_fd = -1, .mount_fd = -1                                          \
    }

/* Learn which it is; the descriptors are the container's from now on. */
int container_learn(struct container *container, int user_fd, int mount_fd);

bool container_is_known(const struct container *container);

/* Remember a process that is in it, or comes. */
void container_add(struct container *container, pid_t pid);

/* Hold the mount namespace, or let go of it. Returns -1 if no process can be
   found in it. */
int container_hold(struct container *container);
void container_let_go(struct container *container);

void container_release(struct container *container);

#endif
