/* ch-checkns: can this host run containers, and if not, why and who can change
   that? Each kernel feature that ch-run uses is tried for real. */

#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checkns/check.h"
#include "checkns/doctor.h"
#include "checkns/report.h"
#include "checkns/runner.h"
#include "run/help.h"
#include "run/log.h"

enum {
    STATUS_ALL = 0,     /* a directory image can run */
    STATUS_MISSING = 1, /* it cannot */
    STATUS_USAGE = 64   /* EX_USAGE of sysexits.h */
};

struct settings {
    bool doctor;
    bool quiet;
    bool verbose;
    bool help;
    bool version;
};

static const struct help_option OPTIONS[] = {
#define CH_OPTION(name, letter, argument, text) {name, letter, argument, text},
#include "checkns/options.def"
#undef CH_OPTION
};

static const struct option LONG_OPTIONS[] = {
#define CH_OPTION(name, letter, argument, text)                                \
    {name, no_argument, NULL, letter},
#include "checkns/options.def"
#undef CH_OPTION
    {0},
};

#define OPTION_COUNT (sizeof(OPTIONS) / sizeof(OPTIONS[0]))

static int refuse(struct ch_error *err, const char *word)
{
    ch_error_set(err, 0, "unknown option or argument \"%s\"", word);
    return ch_error_hint(err, "ch-checkns --help lists the options");
}

static int set_option(struct settings *settings, int letter)
{
    switch (letter) {
    case 'd':
        settings->doctor = true;
        return 0;
    case 'h':
        settings->help = true;
        return 0;
    case 'q':
        settings->quiet = true;
        return 0;
    case 'v':
        settings->verbose = true;
        return 0;
    case 'V':
        settings->version = true;
        return 0;
    }
    return -1;
}

static int parse_options(int argc, char **argv, struct settings *settings,
                         struct ch_error *err)
{
    char letters[OPTION_COUNT + 1];
    int word = optind;
    int letter;

    for (size_t i = 0; i < OPTION_COUNT; i++)
        letters[i] = OPTIONS[i].letter;
    letters[OPTION_COUNT] = '\0';
    opterr = 0;
    while ((letter = getopt_long(argc, argv, letters, LONG_OPTIONS, NULL)) !=
           -1) {
        if (set_option(settings, letter) < 0)
            return refuse(err, argv[word]);
        word = optind;
    }
    if (optind < argc)
        return refuse(err, argv[optind]);
    if (settings->quiet && settings->verbose)
        return ch_error_set(err, 0,
                            "options \"--quiet\" and \"--verbose\" exclude "
                            "each other");
    if (settings->quiet && settings->doctor)
        return ch_error_set(err, 0,
                            "options \"--quiet\" and \"--doctor\" exclude "
                            "each other");
    return 0;
}

static void print_help(void)
{
    printf("Usage: ch-checkns [OPTION...]\n\n"
           "Try each kernel feature that ch-run needs, and say of each one "
           "that is missing\nwhy, and who can change that.\n\nOptions:\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        help_print_option(&OPTIONS[i]);
    printf("\nExit status: %d a directory image can run; %d it cannot; "
           "%d usage.\n",
           STATUS_ALL, STATUS_MISSING, STATUS_USAGE);
}

/* Try one check, unless the one it needs has failed. */
static int try_check(const struct check *check, const bool *ok,
                     const struct settings *settings, bool *passed,
                     struct ch_error *err)
{
    struct outcome outcome;

    *passed = false;
    if (check->needs != CHECK_NONE && !ok[check->needs]) {
        if (!settings->quiet)
            report_untried(check);
        return 0;
    }
    if (check_run(check, &outcome, err) < 0)
        return -1;
    if (!settings->quiet)
        report_outcome(check, &outcome, settings->verbose);
    *passed = outcome.ok;
    return 0;
}

/* Returns the exit status, or -1. */
static int try_all(const struct settings *settings, struct ch_error *err)
{
    bool ok[CHECK_COUNT];
    bool directories = true;

    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (try_check(&CHECKS[i], ok, settings, &ok[i], err) < 0)
            return -1;
        directories = directories && (ok[i] || CHECKS[i].lost);
    }
    if (!settings->quiet)
        report_summary(directories, ok[CHECK_FUSE_MOUNT]);
    return directories ? STATUS_ALL : STATUS_MISSING;
}

static int act(const struct settings *settings, struct ch_error *err)
{
    int status = STATUS_ALL;

    if (settings->help)
        print_help();
    else if (settings->version)
        puts(PACKAGE_VERSION);
    else if (settings->doctor && doctor_print(err) < 0)
        return -1;
    else
        status = try_all(settings, err);
    if (status >= 0 && fflush(stdout) == EOF)
        return ch_error_set(err, errno, "cannot write the result");
    return status;
}

int main(int argc, char **argv)
{
    struct log log = {
        .program = "ch-checkns", .pid = getpid(), .fd = STDERR_FILENO};
    struct ch_error err = CH_ERROR_INIT;
    struct settings settings = {0};
    int status = STATUS_USAGE;

    if (parse_options(argc, argv, &settings, &err) == 0)
        status = act(&settings, &err);
    if (err.message)
        log_error(&log, &err);
    ch_error_clear(&err);
    return status < 0 ? STATUS_MISSING : status;
}
