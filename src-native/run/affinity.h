/* The CPUs that a shared server may use.

   A process inherits the CPUs of who has started it. Launchers of parallel
   programs give each rank a few of a node's, and the first rank's server would
   serve all ranks from those of the first. So a server may use what all
   launches that have joined it might: that is never more than their job step
   has, whether a cgroup limits that or only such a mask. */

#ifndef CH_AFFINITY_H
#define CH_AFFINITY_H

/* Let all threads of this process use what the process at the other end of a
   Unix socket may, besides what they use already. Where that cannot be found
   out, nothing changes. */
void affinity_add_peer(int socket);

#endif
