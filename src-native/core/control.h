/* How a long operation of the core and its caller speak while it runs: the
   operation counts what it has done, the caller may ask it to stop. Two
   64-bit words, so that JavaScript can hold the same memory as a
   BigInt64Array. */

#ifndef CH_CONTROL_H
#define CH_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

struct ch_control {
    int64_t done;      /* bytes of input read so far */
    int64_t cancelled; /* not 0: stop with ECANCELED soon */
};

/* `control` may be NULL: nobody is watching. */
static inline void control_add(struct ch_control *control, int64_t bytes)
{
    if (control)
        __atomic_add_fetch(&control->done, bytes, __ATOMIC_RELAXED);
}

static inline bool control_is_cancelled(const struct ch_control *control)
{
    return control && __atomic_load_n(&control->cancelled, __ATOMIC_RELAXED);
}

#endif
