/* Errors as values. A function that can fail takes a `struct ch_error *` as
   its last argument and returns -1 (or NULL) after filling it in. The error is
   worded where the fact is known, wrapped on the way up, and printed once, by
   main (or thrown by the addon).

   Initialise with CH_ERROR_INIT; release with ch_error_clear(). */

#ifndef CH_ERROR_H
#define CH_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ch_error {
    int errnum;    /* errno value of the cause; 0 where there is none */
    char *message; /* heap, owned; NULL while no error is set */
    char *hint;    /* heap, owned; what the user or the admin can do, or NULL */
};

#define CH_ERROR_INIT                                                          \
    {                                                                          \
        0, NULL, NULL                                                          \
    }

/* Set the error and return -1, so that a caller can `return ch_error_set(...)`.
   The message is lower case without a full stop: failed action first, subject
   in quotes. If `errnum` is not 0, ": " and its text are appended. An error
   that was there already is replaced, its hint too. */
int ch_error_set(struct ch_error *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add what can be done, and by whom. Returns -1. */
int ch_error_hint(struct ch_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prefix the message with one step: "STEP: MESSAGE". Returns -1. */
int ch_error_wrap(struct ch_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add what stands behind it: "MESSAGE: CAUSE". Returns -1. */
int ch_error_cause(struct ch_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The message, or a fixed text if memory ran out while it was made. Owned by
   the error. */
const char *ch_error_text(const struct ch_error *err);

/* Free what the error holds and make it empty. */
void ch_error_clear(struct ch_error *err);

#ifdef __cplusplus
}
#endif

#endif
