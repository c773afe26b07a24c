/* One table, made from options.def, for getopt_long(3) and for --help. */

#include "config.h"

#include "run/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/help.h"
#include "run/option_handlers.h"

struct option_entry {
    struct help_option text; /* name, letter, argument, help */
    option_handler *handle;
};

static const struct option_entry OPTIONS[] = {
#define CH_OPTION(name, letter, argument, help, handler)                       \
    {{name, letter, argument, help}, handler},
#include "run/options.def"
#undef CH_OPTION
};

#define OPTION_COUNT (sizeof(OPTIONS) / sizeof(OPTIONS[0]))

#define SYNOPSIS "ch-run [OPTION...] IMAGE [--] [COMMAND [ARG...]]"

/* Long options without a letter get values beyond all characters. */
#define FIRST_LONG_VALUE 256

static int has_argument(const struct help_option *option)
{
    if (!option->argument)
        return no_argument;
    return option->argument[0] == '[' ? optional_argument : required_argument;
}

/* The two forms of the table that getopt_long(3) wants. `short_options` has
   room for four characters an option. */
static void make_getopt_tables(char *short_options, struct option *long_options)
{
    char *next = short_options;

    *next++ = '+'; /* stop at the first argument: IMAGE */
    *next++ = ':'; /* tell a missing argument from an unknown option */
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct help_option *text = &OPTIONS[i].text;
        int kind = has_argument(text);

        long_options[i] = (struct option){
            text->name, kind, NULL,
            text->letter ? text->letter : FIRST_LONG_VALUE + (int)i};
        if (!text->letter)
            continue;
        *next++ = text->letter;
        if (kind != no_argument)
            *next++ = ':';
        if (kind == optional_argument)
            *next++ = ':';
    }
    *next = '\0';
    long_options[OPTION_COUNT] = (struct option){0};
}

static const struct option_entry *find_option(int value)
{
    if (value >= FIRST_LONG_VALUE)
        return &OPTIONS[value - FIRST_LONG_VALUE];
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (OPTIONS[i].text.letter == value)
            return &OPTIONS[i];
    return NULL;
}

/* The word that getopt_long() has just refused. */
static int refuse_option(int value, char **argv, struct ch_error *err)
{
    const char *word = argv[optind - 1];

    if (value == ':')
        ch_error_set(err, 0, "option \"%s\" needs an argument", word);
    else if (optopt && optopt < FIRST_LONG_VALUE && strncmp(word, "--", 2))
        ch_error_set(err, 0, "unknown option \"-%c\"", optopt);
    else
        ch_error_set(err, 0, "unknown, ambiguous or misused option \"%s\"",
                     word);
    return ch_error_hint(err, "ch-run --help lists the options; options of "
                              "the command come after the image");
}

/* Answers need nothing else of the command line. */
static bool is_answer(enum options_action action)
{
    return action != OPTIONS_RUN && action != OPTIONS_PRINT_CONFIG;
}

static int parse_options(int argc, char **argv, struct parse *parse)
{
    char short_options[3 + 3 * OPTION_COUNT];
    struct option long_options[OPTION_COUNT + 1];
    const struct option_entry *entry;
    int value;

    make_getopt_tables(short_options, long_options);
    opterr = 0;
    while ((value = getopt_long(argc, argv, short_options, long_options,
                                NULL)) != -1) {
        if (value == '?' || value == ':')
            return refuse_option(value, argv, parse->err);
        entry = find_option(value);
        if (settings_take_option(parse, entry->text.name, entry->handle,
                                 optarg) < 0)
            return -1;
        if (is_answer(parse->result->action))
            return 0;
    }
    return 0;
}

/* What is left of the command line: IMAGE [--] [COMMAND [ARG...]]. */
static int parse_operands(int argc, char **argv, struct plan *plan,
                          struct ch_error *err)
{
    if (optind >= argc) {
        ch_error_set(err, 0, "no image given");
        return ch_error_hint(err, "usage: " SYNOPSIS);
    }
    plan->image_path = argv[optind++];
    if (optind < argc && !strcmp(argv[optind], "--"))
        optind++;
    plan->command = argv + optind;
    return 0;
}

int options_parse(int argc, char **argv, struct plan *plan,
                  struct options_result *result, struct ch_error *err)
{
    struct ch_error configuration = CH_ERROR_INIT;
    struct parse early = {plan, result, &configuration};
    struct parse parse = {plan, result, err};
    int read = settings_read(&early);

    *result = (struct options_result){.action = OPTIONS_RUN};
    /* That the configuration is wrong must not keep anybody from --help. */
    if (parse_options(argc, argv, &parse) < 0 || is_answer(result->action)) {
        ch_error_clear(&configuration);
        return err->message ? -1 : 0;
    }
    if (read < 0) {
        *err = configuration;
        return -1;
    }
    if (settings_settle(&parse) < 0)
        return -1;
    settings_tell(plan);
    if (result->action == OPTIONS_PRINT_CONFIG)
        return 0;
    return parse_operands(argc, argv, plan, err);
}

void options_print_help(void)
{
    printf("Usage: " SYNOPSIS "\n\n"
           "Run COMMAND in a container made from IMAGE, a directory or a "
           "SquashFS file.\nNo privilege is needed.\n\nOptions:\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        help_print_option(&OPTIONS[i].text);
    printf("\nExit status: that of COMMAND, 128+N if signal N ended it; "
           "%d ch-run failed;\n%d COMMAND could not be started; %d the "
           "SquashFS service could not start;\n%d feature absent; %d usage.\n",
           EXIT_MISC, EXIT_COMMAND, EXIT_SQUASH, EXIT_NO_FEATURE,
           EXIT_USAGE_ERROR);
}

void options_print_usage(void)
{
    puts("Usage: " SYNOPSIS);
}
