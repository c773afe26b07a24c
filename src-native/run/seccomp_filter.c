#include "config.h"

#include "run/seccomp_filter.h"

#include <assert.h>
#include <endian.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/stat.h>

#ifndef AUDIT_ARCH_RISCV64 /* Linux 5.0 */
#define AUDIT_ARCH_RISCV64 (243 | 0x80000000 | 0x40000000)
#endif

/* 64-bit registers hold arguments; all that we look at are in the low half. */
#if __BYTE_ORDER == __BIG_ENDIAN
#define LOW_HALF 4
#else
#define LOW_HALF 0
#endif

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define OWN_ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__aarch64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define OWN_ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__powerpc64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define OWN_ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define OWN_ARCHITECTURE AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#define OWN_ARCHITECTURE 0
#endif

#define NONE (-1)

/* Programs of the x32 ABI make x86-64's calls with this bit set. */
#define X32_BIT 0x40000000U

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In the order of the columns of seccomp_calls.def. */
static const struct architecture {
    uint32_t audit;
    uint32_t number_mask;
} ARCHITECTURES[] = {
    {AUDIT_ARCH_X86_64, ~X32_BIT}, {AUDIT_ARCH_I386, ~0U},
    {AUDIT_ARCH_AARCH64, ~0U},     {AUDIT_ARCH_ARM, ~0U},
    {AUDIT_ARCH_PPC64LE, ~0U},     {AUDIT_ARCH_S390X, ~0U},
    {AUDIT_ARCH_RISCV64, ~0U},
};

static const int FAKED[][COUNT(ARCHITECTURES)] = {
#define SECCOMP_CALL(name, ...) {__VA_ARGS__},
#define SECCOMP_MKNOD(name, ...)
#include "run/seccomp_calls.def"
#undef SECCOMP_CALL
#undef SECCOMP_MKNOD
};

static const int MKNOD[][COUNT(ARCHITECTURES)] = {
#define SECCOMP_CALL(name, ...)
#define SECCOMP_MKNOD(name, ...) {__VA_ARGS__},
#include "run/seccomp_calls.def"
#undef SECCOMP_CALL
#undef SECCOMP_MKNOD
};

/* Where a jump of a section may lead. Until the section is complete and its
   places are known, a jump holds one of these. */
enum target { TARGET_FAKE, TARGET_MKNOD, TARGET_MKNODAT, TARGET_COUNT };

/* A section: 3 instructions to begin, the comparisons, 9 to end.
   A jump reaches over 255 instructions at most. */
#define SECTION_MAX (3 + COUNT(FAKED) + 2 + 10)
static_assert(SECTION_MAX < 256, "a jump must reach over a section");
static_assert(COUNT(ARCHITECTURES) * SECTION_MAX + 2 <= SECCOMP_FILTER_MAX,
              "all sections must have room");

static void emit(struct seccomp_filter *filter, struct sock_filter instruction)
{
    filter->code[filter->length++] = instruction;
}

static void emit_statement(struct seccomp_filter *filter, unsigned short code,
                           uint32_t value)
{
    emit(filter, (struct sock_filter)BPF_STMT(code, value));
}

static void emit_load(struct seccomp_filter *filter, size_t offset)
{
    emit_statement(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

/* Load an argument: mode is the second of mknod(), the third of mknodat(). */
static void emit_load_argument(struct seccomp_filter *filter, size_t argument)
{
    emit_load(filter, offsetof(struct seccomp_data, args) +
                          argument * sizeof(uint64_t) + LOW_HALF);
}

static void emit_jump_if(struct seccomp_filter *filter, uint32_t value,
                         enum target target)
{
    emit(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value,
                                              target, 0));
}

static void emit_jump_if_call(struct seccomp_filter *filter, int number,
                              enum target target)
{
    if (number != NONE)
        emit_jump_if(filter, (uint32_t)number, target);
}

static void emit_return(struct seccomp_filter *filter, uint32_t verdict)
{
    emit_statement(filter, BPF_RET | BPF_K, verdict);
}

/* Jumps count the instructions between. The first of a section, which compares
   the architecture, leads to what follows the section. */
static void resolve_jumps(struct seccomp_filter *filter, size_t start,
                          const size_t *targets)
{
    filter->code[start].jt = 0;
    filter->code[start].jf = (uint8_t)(filter->length - start - 1);
    for (size_t i = start + 1; i < filter->length; i++)
        if (filter->code[i].code == (BPF_JMP | BPF_JEQ | BPF_K))
            filter->code[i].jt = (uint8_t)(targets[filter->code[i].jt] - i - 1);
}

static void make_section(struct seccomp_filter *filter, size_t column)
{
    size_t start = filter->length;
    size_t targets[TARGET_COUNT];

    emit_jump_if(filter, ARCHITECTURES[column].audit, TARGET_FAKE);
    emit_load(filter, offsetof(struct seccomp_data, nr));
    emit_statement(filter, BPF_ALU | BPF_AND | BPF_K,
                   ARCHITECTURES[column].number_mask);
    for (size_t i = 0; i < COUNT(FAKED); i++)
        emit_jump_if_call(filter, FAKED[i][column], TARGET_FAKE);
    emit_jump_if_call(filter, MKNOD[0][column], TARGET_MKNOD);
    emit_jump_if_call(filter, MKNOD[1][column], TARGET_MKNODAT);
    emit_return(filter, SECCOMP_RET_ALLOW);

    targets[TARGET_MKNOD] = filter->length;
    emit_load_argument(filter, 1);
    emit_statement(filter, BPF_JMP | BPF_JA, 1);
    targets[TARGET_MKNODAT] = filter->length;
    emit_load_argument(filter, 2);
    emit_statement(filter, BPF_ALU | BPF_AND | BPF_K, S_IFMT);
    emit_jump_if(filter, S_IFCHR, TARGET_FAKE);
    emit_jump_if(filter, S_IFBLK, TARGET_FAKE);
    emit_return(filter, SECCOMP_RET_ALLOW);

    targets[TARGET_FAKE] = filter->length;
    emit_return(filter, SECCOMP_RET_ERRNO); /* errno 0: success */
    resolve_jumps(filter, start, targets);
}

void seccomp_filter_make(struct seccomp_filter *filter)
{
    filter->length = 0;
    emit_load(filter, offsetof(struct seccomp_data, arch));
    for (size_t column = 0; column < COUNT(ARCHITECTURES); column++)
        make_section(filter, column);
    emit_return(filter, SECCOMP_RET_ALLOW);
}

uint32_t seccomp_filter_own_architecture(void)
{
    return OWN_ARCHITECTURE;
}

int seccomp_filter_check(uint32_t architecture, struct ch_error *err)
{
    for (size_t i = 0; i < COUNT(ARCHITECTURES); i++)
        if (ARCHITECTURES[i].audit == architecture)
            return 0;
    ch_error_set(err, 0,
                 "cannot emulate root: the system calls of this processor's "
                 "architecture are not known");
    return ch_error_hint(err, "--seccomp knows x86-64, i386, aarch64, arm, "
                              "ppc64le, s390x and riscv64");
}
