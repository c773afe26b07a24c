/* One table, made from options.def, and one small handler for each option. */

#include "config.h"

#include "run/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/bind_text.h"
#include "run/help.h"
#include "run/option_value.h"

/* More threads than any machine has CPUs. */
#define FUSE_THREADS_MAX 4096

/* A day, in seconds. */
#define LINGER_LAST 86400

/* What a handler works on. */
struct parse {
    struct plan *plan;
    struct options_result *result;
    struct ch_error *err;
};

typedef int option_handler(struct parse *parse, const char *argument);

struct option_entry {
    struct help_option text; /* name, letter, argument, help */
    option_handler *handle;
};

#define CH_OPTION(name, letter, argument, help, handler)                       \
    static option_handler handler;
#include "run/options.def"
#undef CH_OPTION

static const struct option_entry OPTIONS[] = {
#define CH_OPTION(name, letter, argument, help, handler)                       \
    {{name, letter, argument, help}, handler},
#include "run/options.def"
#undef CH_OPTION
};

#define OPTION_COUNT (sizeof(OPTIONS) / sizeof(OPTIONS[0]))

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

static int parse_options(int argc, char **argv, struct parse *parse)
{
    char short_options[3 + 3 * OPTION_COUNT];
    struct option long_options[OPTION_COUNT + 1];
    int value;

    make_getopt_tables(short_options, long_options);
    opterr = 0;
    while ((value = getopt_long(argc, argv, short_options, long_options,
                                NULL)) != -1) {
        if (value == '?' || value == ':')
            return refuse_option(value, argv, parse->err);
        if (find_option(value)->handle(parse, optarg) < 0)
            return -1;
        if (parse->result->action != OPTIONS_RUN)
            return 0;
    }
    return 0;
}

int options_parse(int argc, char **argv, struct plan *plan,
                  struct options_result *result, struct ch_error *err)
{
    struct parse parse = {plan, result, err};

    result->action = OPTIONS_RUN;
    result->feature = NULL;
    if (parse_options(argc, argv, &parse) < 0)
        return -1;
    if (result->action != OPTIONS_RUN)
        return 0;
    if (bind_text_add_defaults(plan, err) < 0)
        return -1;
    if (optind >= argc) {
        ch_error_set(err, 0, "no image given");
        return ch_error_hint(err, "usage: ch-run [OPTION...] IMAGE [--] "
                                  "[COMMAND [ARG...]]");
    }
    plan->image_path = argv[optind++];
    if (optind < argc && !strcmp(argv[optind], "--"))
        optind++;
    plan->command = argv + optind;
    return 0;
}

void options_print_help(void)
{
    printf("Usage: ch-run [OPTION...] IMAGE [--] [COMMAND [ARG...]]\n\n"
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

/* --- handlers, in the order of options.def ---------------------------------
 */

static int option_bind(struct parse *parse, const char *argument)
{
    return bind_text_add(parse->plan, argument, parse->err);
}

static int option_cd(struct parse *parse, const char *argument)
{
    parse->plan->workdir = argument;
    return 0;
}

static int option_clean_env(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->clean_environment = true;
    return 0;
}

static int option_env_no_expand(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->expand_environment = false;
    return 0;
}

static int option_feature(struct parse *parse, const char *argument)
{
    parse->result->action = OPTIONS_FEATURE;
    parse->result->feature = argument;
    return 0;
}

static int option_fuse_cache(struct parse *parse, const char *argument)
{
    return option_value_size(argument, "fuse-cache", &parse->plan->fuse_cache,
                             parse->err);
}

static int option_fuse_linger(struct parse *parse, const char *argument)
{
    return option_value_seconds(argument, "fuse-linger", LINGER_LAST,
                                &parse->plan->fuse_linger, parse->err);
}

static int option_fuse_threads(struct parse *parse, const char *argument)
{
    return option_value_count(argument, "fuse-threads", FUSE_THREADS_MAX,
                              &parse->plan->fuse_threads, parse->err);
}

static int option_gid(struct parse *parse, const char *argument)
{
    return option_value_id(argument, "gid", &parse->plan->container_gid,
                           parse->err);
}

static int option_help(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->result->action = OPTIONS_HELP;
    return 0;
}

static int option_home(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->home = true;
    return 0;
}

static int option_mount(struct parse *parse, const char *argument)
{
    parse->plan->mount_point = argument;
    return 0;
}

static int option_no_fuse_share(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->fuse_share = false;
    return 0;
}

static int option_no_image_env(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->image_environment = false;
    return 0;
}

static int option_no_passwd(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->make_passwd = false;
    return 0;
}

static int option_offset(struct parse *parse, const char *argument)
{
    parse->plan->has_offset = true;
    return option_value_position(argument, "offset", &parse->plan->image_offset,
                                 parse->err);
}

static int option_private_tmp(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->private_tmp = true;
    return 0;
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

static int option_quiet(struct parse *parse, const char *argument)
{
    (void)argument;
    return change_verbosity(parse, -1);
}

static int option_record(struct parse *parse, const char *argument)
{
    parse->plan->record = argument;
    return 0;
}

static int option_seccomp(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->emulate_root = true;
    return 0;
}

static int option_set_env(struct parse *parse, const char *argument)
{
    if (!argument)
        return plan_add_environment(parse->plan, ENVIRONMENT_SET_IMAGE, NULL,
                                    parse->err);
    return plan_add_environment(parse->plan,
                                strchr(argument, '=') ? ENVIRONMENT_SET
                                                      : ENVIRONMENT_SET_FILE,
                                argument, parse->err);
}

static int option_squashfs_engine(struct parse *parse, const char *argument)
{
    if (strcmp(argument, "builtin") == 0)
        parse->plan->engine = ENGINE_BUILTIN;
    else if (strcmp(argument, "squashfuse") == 0)
        parse->plan->engine = ENGINE_SQUASHFUSE;
    else
        return ch_error_set(parse->err, 0,
                            "option \"--squashfs-engine=%s\": not "
                            "\"builtin\" or \"squashfuse\"",
                            argument);
    return 0;
}

static int option_stats(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->stats = true;
    return 0;
}

static int option_set_env0(struct parse *parse, const char *argument)
{
    return plan_add_environment(parse->plan, ENVIRONMENT_SET_FILE0, argument,
                                parse->err);
}

static int option_storage(struct parse *parse, const char *argument)
{
    free(parse->plan->storage);
    parse->plan->storage = strdup(argument);
    if (!parse->plan->storage)
        return ch_error_set(parse->err, errno, "cannot parse \"--storage\"");
    return 0;
}

static int option_uid(struct parse *parse, const char *argument)
{
    return option_value_id(argument, "uid", &parse->plan->container_uid,
                           parse->err);
}

static int option_unset_env(struct parse *parse, const char *argument)
{
    if (!*argument)
        return ch_error_set(parse->err, 0,
                            "option \"--unset-env\" needs a glob");
    return plan_add_environment(parse->plan, ENVIRONMENT_UNSET, argument,
                                parse->err);
}

static int option_verbose(struct parse *parse, const char *argument)
{
    (void)argument;
    return change_verbosity(parse, 1);
}

static int option_version(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->result->action = OPTIONS_VERSION;
    return 0;
}

static int option_write(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->write = true;
    return 0;
}

static int option_write_fake(struct parse *parse, const char *argument)
{
    parse->plan->overlay = true;
    if (!argument)
        return 0;
    if (!option_value_is_tmpfs_size(argument))
        return ch_error_set(parse->err, 0,
                            "option \"--write-fake=%s\": not a size such as "
                            "\"500m\", \"2g\" or \"12%%\"",
                            argument);
    parse->plan->overlay_size = argument;
    return 0;
}
