/* The Test Anything Protocol: a line for each check, the plan at the end, and
   an exit status for whoever does not read them. */

#ifndef CH_TAP_H
#define CH_TAP_H

#include <stdbool.h>

/* One check. The title is a sentence that begins with the symbol tested; what
   was found is printed by the caller with tap_note() where that helps. Returns
   `passed`. */
bool tap_check(bool passed, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A check that cannot be made here, and why. */
void tap_skip(const char *reason, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A comment in the output. */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Print the plan; returns main()'s status. */
int tap_done(void);

#define OK(condition, ...)                                                     \
    tap_check((condition), __FILE__, __LINE__, __VA_ARGS__)

/* Whether two strings are equal; if not, both are shown. */
#define IS(found, wanted, ...)                                                 \
    tap_check_text((found), (wanted), __FILE__, __LINE__, __VA_ARGS__)

bool tap_check_text(const char *found, const char *wanted, const char *file,
                    int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
