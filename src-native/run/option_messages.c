/* Handlers of the options that are about messages. */

#include "config.h"

#include <stddef.h>
#include <string.h>

#include "run/option_handlers.h"
#include "run/option_value.h"

/* Of --warnings: enough for every test. */
#define WARNINGS_MAX 1000000

int option_color(struct parse *parse, const char *argument)
{
    static const char *const WORDS[] = {"always", "auto", "never"};
    struct log *log = &parse->plan->log;

    if (!argument)
        argument = WORDS[0];
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (strcmp(argument, WORDS[i]))
            continue;
        parse->plan->color = WORDS[i];
        log->has_color = i == 0 || (i == 1 && log_is_on_terminal(log));
        return 0;
    }
    return ch_error_set(parse->err, 0,
                        "option \"--color=%s\": not \"auto\", \"always\" or "
                        "\"never\"",
                        argument);
}

/* -q and -v count in opposite directions and exclude each other. */
static int change_verbosity(struct parse *parse, int step)
{
    int verbosity = parse->plan->log.verbosity;

    if (verbosity * step < 0)
        return ch_error_set(parse->err, 0,
                            "options \"--quiet\" and \"--verbose\" exclude "
                            "each other");
    if (verbosity * step >= 3)
        return ch_error_set(parse->err, 0,
                            "option \"%s\" may be given three times at most",
                            step > 0 ? "--verbose" : "--quiet");
    parse->plan->log.verbosity = verbosity + step;
    parse->plan->silence_output = parse->plan->log.verbosity <= -2;
    return 0;
}

int option_quiet(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->shows_warnings = false;
    return change_verbosity(parse, -1);
}

int option_test(struct parse *parse, const char *argument)
{
    parse->result->action = OPTIONS_TEST;
    parse->result->test_fails = !strcmp(argument, "log-fail");
    if (parse->result->test_fails || !strcmp(argument, "log"))
        return 0;
    return ch_error_set(parse->err, 0,
                        "option \"--test=%s\": not \"log\" or \"log-fail\"",
                        argument);
}

int option_usage(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->result->action = OPTIONS_USAGE;
    return 0;
}

int option_verbose(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->shows_warnings = true;
    return change_verbosity(parse, 1);
}

int option_warnings(struct parse *parse, const char *argument)
{
    parse->result->action = OPTIONS_WARNINGS;
    return option_value_count(argument, "warnings", WARNINGS_MAX,
                              &parse->result->warnings, parse->err);
}
