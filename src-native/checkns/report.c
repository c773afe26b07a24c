#include "config.h"

#include "checkns/report.h"

#include <stdio.h>
#include <string.h>

static void print_cause(const struct failure *failure)
{
    const struct cause *cause =
        cause_find(failure->step->causes, failure->errnum);

    if (cause)
        printf("%s (%s)", cause->text, cause->remedy);
    else
        printf("%s: %s", failure->step->call, strerror(failure->errnum));
}

static void print_call(const struct failure *failure)
{
    printf("    %s: %s (errno %d)\n", failure->step->call,
           strerror(failure->errnum), failure->errnum);
}

void report_outcome(const struct check *check, const struct outcome *outcome,
                    bool verbose)
{
    printf("%s ... ", check->name);
    if (outcome->ok) {
        puts("ok");
        return;
    }
    fputs("no: ", stdout);
    if (outcome->signal)
        printf("killed by signal %d (%s)", outcome->signal,
               strsignal(outcome->signal));
    else
        print_cause(&outcome->failure);
    if (check->lost)
        printf("; without it: %s", check->lost);
    putchar('\n');
    if (verbose && !outcome->signal)
        print_call(&outcome->failure);
}

void report_untried(const struct check *check)
{
    printf("%s ... no: needs \"%s\"\n", check->name, CHECKS[check->needs].name);
}

/* Whether the build could mount one is ch-run's to say (--feature=squash): here
   it is about the host. */
void report_summary(bool directories, bool fuse)
{
    const char *squashfs = !directories ? "no"
                           : fuse       ? "yes, mounted"
                                        : "yes, unpacked first";

    printf("\ndirectory images can run: %s\n", directories ? "yes" : "no");
    printf("SquashFS images can run: %s\n", squashfs);
}
