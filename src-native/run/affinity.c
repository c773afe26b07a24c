#include "config.h"

#include "run/affinity.h"

#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/cleanup.h"

/* A thread that is made meanwhile has the CPUs of who has made it: those are
   found when we look again. Some may stay out of reach, by a cgroup. */
#define PASSES 4

/* Returns whether a thread had others. */
static bool set_threads(const cpu_set_t *wanted)
{
    CLEANUP_CLOSEDIR DIR *dir = opendir("/proc/self/task");
    struct dirent *entry;
    bool has_changed = false;

    while (dir && (entry = readdir(dir))) {
        pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
        cpu_set_t set;

        /* 0 is "." and "..". */
        if (thread == 0 || sched_getaffinity(thread, sizeof(set), &set) < 0 ||
            CPU_EQUAL(&set, wanted))
            continue;
        if (sched_setaffinity(thread, sizeof(*wanted), wanted) == 0)
            has_changed = true;
    }
    return has_changed;
}

void affinity_add_peer(int socket)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    cpu_set_t ours, theirs;

    /* A pid of 0 is one that we cannot see, and would be us. */
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        peer.pid == 0 ||
        sched_getaffinity(peer.pid, sizeof(theirs), &theirs) < 0 ||
        sched_getaffinity(0, sizeof(ours), &ours) < 0)
        return;
    CPU_OR(&theirs, &theirs, &ours);
    if (CPU_EQUAL(&theirs, &ours))
        return;
    for (int pass = 0; pass < PASSES && set_threads(&theirs); pass++)
        ;
}
