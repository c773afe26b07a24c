/* The program is interpreted here, for every architecture and every number, and
   its verdicts are compared with the table's. */

#include "config.h"

#include "run/seccomp_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "tap.h"

#define NONE         (-1)
#define NUMBER_MAX   600
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BROKEN       0xdeadbeefU
#define FAKED        SECCOMP_RET_ERRNO
#define RISCV64      (243 | 0x80000000 | 0x40000000)

static const struct expected {
    const char *name;
    uint32_t audit;
    int mknod;
    int mknodat;
} EXPECTED[] = {
    {"x86_64", AUDIT_ARCH_X86_64, 133, 259},
    {"i386", AUDIT_ARCH_I386, 14, 297},
    {"aarch64", AUDIT_ARCH_AARCH64, NONE, 33},
    {"arm", AUDIT_ARCH_ARM, 14, 324},
    {"ppc64le", AUDIT_ARCH_PPC64LE, 14, 288},
    {"s390x", AUDIT_ARCH_S390X, 14, 290},
    {"riscv64", RISCV64, NONE, 33},
};

static const int NUMBERS[][COUNT(EXPECTED)] = {
#define SECCOMP_CALL(name, ...) {__VA_ARGS__},
#define SECCOMP_MKNOD(name, ...)
#include "run/seccomp_calls.def"
#undef SECCOMP_CALL
#undef SECCOMP_MKNOD
};

static int count_in_table(size_t column)
{
    int count = 0;

    for (size_t i = 0; i < COUNT(NUMBERS); i++)
        count += NUMBERS[i][column] != NONE;
    return count;
}

static bool is_in_table(size_t column, int number)
{
    for (size_t i = 0; i < COUNT(NUMBERS); i++)
        if (NUMBERS[i][column] == number)
            return true;
    return false;
}

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
    uint32_t word = BROKEN;

    if (offset % sizeof(word) == 0 && offset < sizeof(*data))
        memcpy(&word, (const char *)data + offset, sizeof(word));
    return word;
}

/* What a program of the few kinds of instruction that we use decides. Jumps
   only lead forward, so that it ends. */
static uint32_t interpret(const struct seccomp_filter *filter,
                          const struct seccomp_data *data)
{
    uint32_t accumulator = 0;

    for (size_t i = 0; i < filter->length; i++) {
        const struct sock_filter *at = &filter->code[i];

        switch (at->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            accumulator = load(data, at->k);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= at->k;
            break;
        case BPF_JMP | BPF_JA:
            i += at->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            i += accumulator == at->k ? at->jt : at->jf;
            break;
        case BPF_RET | BPF_K:
            return at->k;
        default:
            return BROKEN;
        }
    }
    return BROKEN;
}

/* The verdict on a call whose second and third arguments are these. */
static uint32_t judge(const struct seccomp_filter *filter, uint32_t audit,
                      uint32_t number, uint64_t second, uint64_t third)
{
    struct seccomp_data data = {
        .nr = (int)number,
        .arch = audit,
        .args = {~0ULL, second, third, ~0ULL, ~0ULL, ~0ULL},
    };

    return interpret(filter, &data);
}

/* Modes of regular files everywhere: only the table counts. */
static void test_table(const struct seccomp_filter *filter, size_t column)
{
    const struct expected *arch = &EXPECTED[column];
    int wrong = 0, faked = 0;

    for (int number = 0; number <= NUMBER_MAX; number++) {
        uint32_t wanted =
            is_in_table(column, number) ? FAKED : SECCOMP_RET_ALLOW;
        uint32_t found =
            judge(filter, arch->audit, (uint32_t)number, S_IFREG, S_IFREG);

        faked += found == FAKED;
        if (found == wanted)
            continue;
        tap_note("%s %d: %#x, wanted %#x", arch->name, number, found, wanted);
        wrong++;
    }
    OK(!wrong && faked >= 13 && faked == count_in_table(column),
       "%s: calls 0 to %d are judged as the table says", arch->name,
       NUMBER_MAX);
    OK(judge(filter, arch->audit, ~0U, S_IFCHR, S_IFCHR) == SECCOMP_RET_ALLOW,
       "%s: call -1, of a tracer that skips one, passes", arch->name);
}

static const struct kind {
    const char *name;
    uint32_t mode;
    uint32_t verdict;
} KINDS[] = {
    {"character device", S_IFCHR, FAKED},
    {"block device", S_IFBLK, FAKED},
    {"FIFO", S_IFIFO, SECCOMP_RET_ALLOW},
    {"socket", S_IFSOCK, SECCOMP_RET_ALLOW},
    {"regular file", S_IFREG, SECCOMP_RET_ALLOW},
    {"regular file without a kind", 0, SECCOMP_RET_ALLOW},
};

/* Only the argument that is the mode may count, and only its low half: the
   other says the opposite, and the high half is noise. */
static void test_kind(const struct seccomp_filter *filter,
                      const struct expected *arch, const struct kind *kind)
{
    uint64_t mode = 0xa5a5a5a500000000ULL | kind->mode | 07777;
    uint64_t other = kind->verdict == FAKED ? S_IFREG : S_IFCHR;

    if (arch->mknod != NONE)
        OK(judge(filter, arch->audit, (uint32_t)arch->mknod, mode, other) ==
               kind->verdict,
           "%s: mknod() of a %s", arch->name, kind->name);
    OK(judge(filter, arch->audit, (uint32_t)arch->mknodat, other, mode) ==
           kind->verdict,
       "%s: mknodat() of a %s", arch->name, kind->name);
}

static void test_x32(const struct seccomp_filter *filter)
{
    const uint32_t bit = 0x40000000;

    OK(judge(filter, AUDIT_ARCH_X86_64, bit | 92, 0, 0) == FAKED,
       "x32: chown() is faked");
    OK(judge(filter, AUDIT_ARCH_X86_64, bit | 133, S_IFBLK, 0) == FAKED,
       "x32: mknod() of a device is faked");
    OK(judge(filter, AUDIT_ARCH_X86_64, bit | 133, S_IFIFO, 0) ==
           SECCOMP_RET_ALLOW,
       "x32: mknod() of a FIFO passes");
    OK(judge(filter, AUDIT_ARCH_I386, bit | 212, 0, 0) == SECCOMP_RET_ALLOW,
       "x32's bit means nothing on i386");
}

static void test_unknown(const struct seccomp_filter *filter)
{
    struct ch_error err = CH_ERROR_INIT;
    int faked = 0;

    for (uint32_t number = 0; number <= NUMBER_MAX; number++)
        faked += judge(filter, AUDIT_ARCH_MIPS, number, S_IFCHR, S_IFCHR) !=
                 SECCOMP_RET_ALLOW;
    OK(!faked, "calls of an architecture without a table pass");
    OK(seccomp_filter_check(AUDIT_ARCH_MIPS, &err) < 0,
       "seccomp_filter_check() refuses an unknown architecture");
    IS(ch_error_text(&err),
       "cannot emulate root: the system calls of this processor's "
       "architecture are not known",
       "and says why");
    OK(seccomp_filter_check(0, &err) < 0,
       "seccomp_filter_check() refuses 0, which is an unknown processor");
    ch_error_clear(&err);
    for (size_t column = 0; column < COUNT(EXPECTED); column++)
        OK(seccomp_filter_check(EXPECTED[column].audit, &err) == 0,
           "seccomp_filter_check() knows %s", EXPECTED[column].name);
}

int main(void)
{
    struct seccomp_filter filter;

    seccomp_filter_make(&filter);
    tap_note("%u instructions", filter.length);
    OK(filter.length <= SECCOMP_FILTER_MAX, "the program fits");
    for (size_t column = 0; column < COUNT(EXPECTED); column++) {
        test_table(&filter, column);
        for (size_t i = 0; i < COUNT(KINDS); i++)
            test_kind(&filter, &EXPECTED[column], &KINDS[i]);
    }
    test_x32(&filter);
    test_unknown(&filter);
    return tap_done();
}
