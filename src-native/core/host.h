/* Questions to the host that tell one cause of a failure from another. None of
   them fails: what cannot be read is answered with no. */

#ifndef CH_HOST_H
#define CH_HOST_H

#include <stdbool.h>

bool host_lacks_user_namespaces(void);        /* not in this kernel */
bool host_allows_zero_namespaces(void);       /* user.max_user_namespaces = 0 */
bool host_allows_zero_mount_namespaces(void); /* user.max_mnt_namespaces = 0 */
bool host_lacks_isolation(void);              /* PID, IPC or network */
bool host_has_threads(void);                  /* this process has several */
bool host_forbids_userns_clone(void);         /* Debian's sysctl */
bool host_restricts_by_apparmor(void);        /* Ubuntu's sysctl */
bool host_filters_calls(void);       /* we are under a seccomp filter */
bool host_is_chroot(void);           /* our root is not a mount point */
bool host_root_is_initramfs(void);   /* "/" is the kernel's rootfs */
bool host_maps_no_user(void);        /* our uid is not mapped here */
bool host_knows_fuse(void);          /* in /proc/filesystems */
bool host_fuse_mode_is_narrow(void); /* /dev/fuse is not rw for all */
bool host_fuse_is_on_nodev(void);
bool host_confines_by_apparmor(void); /* we are under a profile */
bool host_enforces_selinux(void);     /* SELinux is on, and not permissive */
bool host_lacks_proc(void);           /* /proc is something else */
bool host_hides_process(void);        /* /proc/self is not ours */
bool host_is_full_of_mounts(void);    /* half of fs.mount-max, or more */

#endif
