/* deny-syscall NAME[:ARGUMENT=VALUE] ERRNO -- COMMAND [ARG...]

   Run COMMAND where one system call fails with ERRNO: how tests make a kernel
   that is older, or stricter, than the one they run on. With a condition, only
   calls whose argument (0 to 5) has this value (of 32 bits) fail, so that
   "mount:3=0" means mounts without flags.

   It is a seccomp filter, which COMMAND's descendants inherit. */

#include "config.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/compat.h"

/* These numbers are the same on all architectures that Debian builds for. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

struct name {
    const char *text;
    int value;
};

static const struct name SYSCALLS[] = {
    {"clone", SYS_clone},
    {"clone3", SYS_clone3},
    {"close_range", SYS_close_range},
    {"execve", SYS_execve},
    {"mount", SYS_mount},
    {"openat2", SYS_openat2},
    {"prctl", SYS_prctl},
    {"pivot_root", SYS_pivot_root},
    {"seccomp", SYS_seccomp},
    {"setns", SYS_setns},
    {"setxattr", SYS_setxattr},
    {"socketpair", SYS_socketpair},
    {"umount2", SYS_umount2},
    {"unshare", SYS_unshare},
    {NULL, 0},
};

/* With 0 the call does nothing and succeeds. */
static const struct name ERRNOS[] = {
    {"0", 0},           {"EACCES", EACCES}, {"EAGAIN", EAGAIN},
    {"EINVAL", EINVAL}, {"ENFILE", ENFILE}, {"EIO", EIO},
    {"ENODEV", ENODEV}, {"ENOSPC", ENOSPC}, {"ENOSYS", ENOSYS},
    {"ENOMEM", ENOMEM}, {"EPERM", EPERM},   {"EOPNOTSUPP", EOPNOTSUPP},
    {NULL, 0},
};

struct rule {
    int number;
    int argument; /* -1: any call */
    uint32_t value;
    int errnum;
};

static _Noreturn void fail(const char *action, const char *subject)
{
    fprintf(stderr, "deny-syscall: error: %s \"%s\"\n", action, subject);
    exit(64);
}

/* `length` characters of `text` in a table. */
static int look_up(const struct name *names, const char *text, size_t length)
{
    for (; names->text; names++)
        if (strlen(names->text) == length &&
            !strncmp(names->text, text, length))
            return names->value;
    fail("unknown name", text);
}

static struct rule parse_rule(const char *call, const char *errnum)
{
    const char *condition = strchr(call, ':');
    struct rule rule = {.argument = -1};

    rule.number = look_up(SYSCALLS, call, strcspn(call, ":"));
    rule.errnum = look_up(ERRNOS, errnum, strlen(errnum));
    if (condition &&
        (sscanf(condition, ":%d=%" SCNu32, &rule.argument, &rule.value) != 2 ||
         rule.argument < 0 || rule.argument > 5))
        fail("not :ARGUMENT=VALUE", condition);
    return rule;
}

/* Where the low 32 bits of an argument are. */
static uint32_t argument_offset(int argument)
{
    return offsetof(struct seccomp_data, args) + 8 * (uint32_t)argument +
           (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0);
}

/* Jumps count the instructions that follow: 3 or 1 lead to "allow". */
static int install_filter(const struct rule *rule)
{
    int deny = SECCOMP_RET_ERRNO | (rule->errnum & SECCOMP_RET_DATA);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 argument_offset(rule->argument < 0 ? 0 : rule->argument)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->value, 0,
                 rule->argument < 0 ? 0 : 1),
        BPF_STMT(BPF_RET | BPF_K, deny),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {
        .len = sizeof(filter) / sizeof(filter[0]),
        .filter = filter,
    };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    struct rule rule;

    if (argc < 5 || strcmp(argv[3], "--"))
        fail("usage:", "deny-syscall NAME[:ARGUMENT=VALUE] ERRNO -- "
                       "COMMAND [ARG...]");
    rule = parse_rule(argv[1], argv[2]);
    if (install_filter(&rule) < 0) {
        perror("deny-syscall: error: cannot install the filter");
        return 1;
    }
    /* Another call does the same where that is refused. */
    if (rule.number == SYS_execve)
        (void)syscall(SYS_execveat, AT_FDCWD, argv[4], argv + 4, environ, 0);
    else
        execvp(argv[4], argv + 4);
    perror("deny-syscall: error: cannot start the command");
    return 127;
}
