/* The filter of --seccomp as a program of classic BPF, made from a table of
   system call numbers (seccomp_calls.def). Pure: nothing is installed here.

   For each architecture there is a section. All are in every filter: one
   machine runs programs of several, x86-64 those of i386, aarch64 those of arm,
   and a call's number means something else in each. Calls of an architecture
   without a section are let through.

   A call in the table is answered with success and does nothing. mknod(2) and
   mknodat(2) are if they are to make a device; what else they make needs no
   privilege. The kernel shows a filter numbers only, no text behind pointers:
   attribute names cannot be told apart, so that setxattr(2) and its like are
   let through. */

#ifndef CH_SECCOMP_FILTER_H
#define CH_SECCOMP_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#include "core/error.h"

/* More than all sections together need, and a tenth of the kernel's limit. */
#define SECCOMP_FILTER_MAX 400

struct seccomp_filter {
    unsigned short length;
    struct sock_filter code[SECCOMP_FILTER_MAX];
};

/* Fill in the whole program. */
void seccomp_filter_make(struct seccomp_filter *filter);

/* The AUDIT_ARCH_* of the programs that this build is for; 0 if unknown. */
uint32_t seccomp_filter_own_architecture(void);

/* 0 if the filter has a section for an AUDIT_ARCH_*, else an error. */
int seccomp_filter_check(uint32_t architecture, struct ch_error *err);

#endif
