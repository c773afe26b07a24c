/* What older kernel headers lack (the oldest meant to work is Linux 4.18):
   numbers and structures of the kernel's interface only, so that one binary
   runs on every kernel and finds out there what it can do. */

#ifndef CH_COMPAT_H
#define CH_COMPAT_H

#include <stdint.h>
#include <sys/syscall.h>

/* openat2(2), Linux 5.6 */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#else
struct open_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};
#endif

#ifndef RESOLVE_NO_MAGICLINKS
#define RESOLVE_NO_MAGICLINKS 0x02
#endif
#ifndef RESOLVE_IN_ROOT
#define RESOLVE_IN_ROOT 0x10
#endif

/* close_range(2), Linux 5.9 */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* mount_setattr(2), Linux 5.12. The structure has another name here, because
   newer C libraries define it elsewhere than the kernel's headers do. */
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x01
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
struct compat_mount_attr {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};

/* Extended globs are GNU's; elsewhere they are taken literally. */
#include <fnmatch.h>
#ifndef FNM_EXTMATCH
#define FNM_EXTMATCH 0
#endif

#endif
