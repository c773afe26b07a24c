/* What ch-checkns tests. A check is a kernel feature with a function that tries
   it for real. It is made of steps, one system call each, and a step knows how
   its failure can be explained.

   A check runs in a child process of its own (runner.h), which it may change
   as it likes and which then ends; namespaces and mounts end with it. The
   explanation is looked up in the parent, which still stands where the user
   stands: in a new user namespace, the sysctls of the old one are out of
   sight. */

#ifndef CH_CHECKNS_CHECK_H
#define CH_CHECKNS_CHECK_H

#include "core/cause.h"

struct step {
    const char *call;           /* for --verbose: "unshare(CLONE_NEWUSER)" */
    const struct cause *causes; /* a table, most specific first */
};

/* `step` is always a constant of this program: the pointer means the same in
   the parent as in the child forked from it. */
struct failure {
    const struct step *step;
    int errnum;
};

/* Record that `step` failed with errno. Returns -1. */
int failure_set(struct failure *failure, const struct step *step);

/* Try the feature in this process, which is spoiled for everything else.
   Returns 0, or -1 with the failure set. */
typedef int check_function(struct failure *failure);

/* A check comes after the one it needs. */
enum check_id {
    CHECK_PROC,
    CHECK_NO_NEW_PRIVS,
    CHECK_USER_NAMESPACE,
    CHECK_ID_MAPS,
    CHECK_MOUNT_NAMESPACE,
    CHECK_TMPFS,
    CHECK_BIND,
    CHECK_READ_ONLY,
    CHECK_PIVOT_ROOT,
    CHECK_NESTED,
    CHECK_OVERLAY,
    CHECK_OVERLAY_USERXATTR,
    CHECK_TMPFS_XATTR,
    CHECK_FUSE_DEVICE,
    CHECK_FUSE_MOUNT,
    CHECK_SECCOMP,
    CHECK_COUNT,
    CHECK_NONE = CHECK_COUNT
};

struct check {
    const char *name;
    check_function *try;
    enum check_id needs; /* pointless without that one; or CHECK_NONE */
    const char *lost;    /* what does not work without the feature; NULL:
                            nothing does, it is required */
};

extern const struct check CHECKS[CHECK_COUNT];

#endif
