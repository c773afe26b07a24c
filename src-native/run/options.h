/* The command line of ch-run: `ch-run [OPTION...] IMAGE [--] COMMAND [ARG...]`.
   Options end at IMAGE, so that COMMAND keeps its own. */

#ifndef CH_OPTIONS_H
#define CH_OPTIONS_H

#include "run/plan.h"

enum options_action {
    OPTIONS_RUN,         /* run the plan */
    OPTIONS_HELP,        /* print the help and succeed */
    OPTIONS_USAGE,       /* print a line and succeed */
    OPTIONS_VERSION,     /* print the version and succeed */
    OPTIONS_FEATURE,     /* answer whether *feature is there */
    OPTIONS_TEST,        /* talk, and succeed or fail */
    OPTIONS_WARNINGS,    /* warn `warnings` times */
    OPTIONS_PRINT_CONFIG /* print the plan's settings */
};

struct options_result {
    enum options_action action;
    const char *feature; /* OPTIONS_FEATURE: its name, part of argv */
    bool is_json;        /* print JSON instead of text */
    bool test_fails;     /* OPTIONS_TEST */
    unsigned warnings;
};

/* Fill in the plan from configuration files, the environment and the command
   line. On error the exit status is
   EXIT_USAGE_ERROR. */
int options_parse(int argc, char **argv, struct plan *plan,
                  struct options_result *result, struct ch_error *err);

/* Print what --help or --usage prints, on standard output. */
void options_print_help(void);
void options_print_usage(void);

#endif
