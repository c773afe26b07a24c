#include "config.h"

#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One program, one test run. */
static struct {
    int number;
    int failures;
} run;

static void print_line(bool passed, const char *format, va_list args)
{
    printf("%s %d - ", passed ? "ok" : "not ok", ++run.number);
    vprintf(format, args);
}

static bool report(bool passed, const char *file, int line, const char *format,
                   va_list args)
{
    print_line(passed, format, args);
    putchar('\n');
    if (!passed) {
        run.failures++;
        printf("# %s:%d\n", file, line);
    }
    fflush(stdout);
    return passed;
}

bool tap_check(bool passed, const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report(passed, file, line, format, args);
    va_end(args);
    return passed;
}

bool tap_check_text(const char *found, const char *wanted, const char *file,
                    int line, const char *format, ...)
{
    bool passed = found && wanted ? !strcmp(found, wanted) : found == wanted;
    va_list args;

    va_start(args, format);
    report(passed, file, line, format, args);
    va_end(args);
    if (!passed)
        printf("# found:  %s\n# wanted: %s\n", found ? found : "(null)",
               wanted ? wanted : "(null)");
    return passed;
}

void tap_skip(const char *reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(true, format, args);
    va_end(args);
    printf(" # SKIP %s\n", reason);
}

void tap_note(const char *format, ...)
{
    va_list args;

    printf("# ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

int tap_done(void)
{
    printf("1..%d\n", run.number);
    return run.failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
