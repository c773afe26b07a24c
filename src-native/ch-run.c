/* ch-run: run a command in a container made from an image. Options become a
   plan, the plan is carried out step by step, and this process becomes the
   command. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "core/error.h"
#include "run/cdi.h"
#include "run/cdi_enter.h"
#include "run/command.h"
#include "run/descriptors.h"
#include "run/environment.h"
#include "run/explain_print.h"
#include "run/fallback.h"
#include "run/feature.h"
#include "run/further.h"
#include "run/image_config.h"
#include "run/isolate.h"
#include "run/join.h"
#include "run/keeper_process.h"
#include "run/namespaces.h"
#include "run/options.h"
#include "run/overlay_dir.h"
#include "run/plan.h"
#include "run/record_file.h"
#include "run/root.h"
#include "run/seccomp.h"
#include "run/self_test.h"
#include "run/services.h"
#include "run/settings_print.h"
#include "run/squash.h"
#include "run/syslog.h"

#define CLEANUP_PLAN   __attribute__((cleanup(plan_release)))
#define CLEANUP_CONFIG __attribute__((cleanup(image_config_release)))

static int fail(const struct plan *plan, struct ch_error *err, int status)
{
    /* What any call may run out of. */
    if (!err->hint)
        (void)cause_explain(CAUSES_RESOURCE, err);
    log_error(&plan->log, err);
    ch_error_clear(err);
    return status;
}

/* Everything here rests on the user's own rights; with somebody else's it
   would be a hole. */
static int refuse_privilege(struct ch_error *err)
{
    if (getuid() == geteuid() && getgid() == getegid())
        return 0;
    ch_error_set(err, 0, "cannot run setuid or setgid");
    return ch_error_hint(err, "the admin can take the bits off: chmod ug-s, "
                              "or remove the file's capabilities");
}

/* -qq: the command's standard output is unwanted. */
static int silence_output(const struct plan *plan, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = -1;

    if (!plan->silence_output)
        return 0;
    fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
        return ch_error_set(err, errno, "cannot silence standard output");
    return 0;
}

static void log_plan(const struct plan *plan)
{
    const struct log *log = &plan->log;

    log_debug(log, "verbosity: %d", log->verbosity);
    log_debug(log, "newroot: %s",
              plan->image_type == IMAGE_DIRECTORY ? plan->image
              : plan->mount_point                 ? plan->mount_point
                                                  : "/");
    log_debug(log, "container uid: %u", plan->container_uid);
    log_debug(log, "container gid: %u", plan->container_gid);
    log_debug(log, "join: %d", plan->join.is_wanted || plan->join.pid);
    log_debug(log, "private /tmp: %d", plan->private_tmp);
    if (plan->emulate_root)
        log_debug(log, "root emulation: on");
}

static void log_command(const struct plan *plan, char **command)
{
    CLEANUP_FREE char *line = strdup("");

    if (!log_shows(&plan->log, LOG_LEVEL_DEBUG))
        return;
    for (char **word = command; line && *word; word++) {
        char *longer;

        if (asprintf(&longer, "%s \"%s\"", line, *word) < 0)
            longer = NULL;
        free(line);
        line = longer;
    }
    log_debug(&plan->log, "exec:%s", line ? line : "");
}

/* The container is complete: become the user's command in it. */
static int exec_command(const struct plan *plan,
                        const struct image_config *config, struct ch_error *err)
{
    const char *workdir = plan->workdir ? plan->workdir : config->workdir;
    CLEANUP_FREE char **command = image_config_command(config, plan->command);

    if (!command) {
        ch_error_set(err, 0, "no command given to run in image \"%s\"",
                     plan->image_path);
        ch_error_hint(err, "for example: ch-run %s -- /bin/sh",
                      plan->image_path);
        return EXIT_USAGE_ERROR;
    }
    if (workdir && chdir(workdir) < 0) {
        ch_error_set(err, errno,
                     "cannot change to directory \"%s\" in the "
                     "container",
                     workdir);
        return EXIT_MISC;
    }
    /* The container's user, without capabilities over what is mounted. Setuid
       programs of the image or the host shall not change that. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        ch_error_set(err, errno, "cannot set no_new_privs");
        (void)cause_explain(CAUSES_UNPRIVILEGED, err);
        return EXIT_MISC;
    }
    log_command(plan, command);
    if (plan->explain)
        return explain_print(plan, config, command, err) < 0 ? EXIT_MISC : 0;
    (void)command_exec(plan->image_path, command, err); /* it failed */
    return EXIT_COMMAND;
}

/* Make a container and go into it. Returns an exit status. In the SquashFS
   server, in the process that holds an overlay, and in the one that waits
   outside of a PID namespace, it does not return. */
static int make_container(const struct plan *plan, struct services *services,
                          struct isolate *isolate, struct ch_error *err)
{
    struct overlay_hold hold = OVERLAY_HOLD_INIT;

    if (overlay_dir_take(plan, &hold, err) < 0) {
        (void)settings_blame(plan, "overlay", err); /* it failed */
        return EXIT_MISC;
    }
    if (hold.is_holder) {
        overlay_dir_hold(&hold);
        exit(EXIT_SUCCESS);
    }
    if (services_start(plan, services, err) < 0)
        return EXIT_SQUASH;
    /* Its threads may look at the plan to the last: nothing is released. */
    if (services->server)
        exit(squash_serve(services->server->plan, &services->server->squash));
    if (!services_are_joined(services) && namespaces_enter_outer(plan, err) < 0)
        return EXIT_MISC;
    if (isolate_processes(plan, isolate, err) < 0)
        return EXIT_MISC;
    if (isolate->child)
        isolate_wait(isolate);
    if (root_enter(plan, services, &hold, err) < 0)
        return services_have_failed(services) ? EXIT_SQUASH : EXIT_MISC;
    if ((!plan->explain && cdi_finish(plan, err) < 0) ||
        namespaces_enter_inner(plan, err) < 0)
        return EXIT_MISC;
    return 0;
}

/* With --join, enter the container of our peers, if they have one: `*is_in`. In
   the keeper of ours it does not return. */
static int join_container(const struct plan *plan, struct share *peers,
                          bool *is_in, struct ch_error *err)
{
    bool is_keeper = false;

    *is_in = plan->join.pid != 0;
    if (*is_in)
        return join_process(plan, err);
    if (!plan->join.is_wanted)
        return 0;
    if (keeper_process_start(plan, peers, &is_keeper, err) < 0)
        return -1;
    if (is_keeper)
        exit(keeper_process_run(plan, peers));
    *is_in = peers->role == SHARE_PEER;
    return 0;
}

/* Put ourselves into the container, a new one or that of others; returns an
   exit status only if something went wrong, else 0. */
static int enter(const struct plan *plan, struct isolate *isolate,
                 struct ch_error *err)
{
    CLEANUP_SERVICES struct services services = SERVICES_INIT;
    bool is_in;
    int status = 0;

    if (join_container(plan, &services.peers, &is_in, err) < 0)
        return EXIT_MISC;
    if (!is_in)
        status = make_container(plan, &services, isolate, err);
    if (status == 0 && join_ready(plan, &services.peers, err) < 0)
        status = EXIT_MISC;
    return status;
}

static int become(const struct plan *plan, const struct environment_text *texts,
                  struct isolate *isolate, struct ch_error *err)
{
    CLEANUP_CONFIG struct image_config config = {0};

    if (image_config_load(plan, &config, err) < 0 ||
        environment_apply(plan, &config, texts, err) < 0 ||
        silence_output(plan, err) < 0)
        return EXIT_MISC;
    /* The inner namespace's root until exec: CAP_SYS_ADMIN is all the kernel
       wants for a filter. */
    if (plan->emulate_root && seccomp_install(err) < 0)
        return EXIT_MISC;
    if (isolate_become_init(plan, isolate, err) < 0)
        return EXIT_MISC;
    return exec_command(plan, &config, err);
}

/* Enter the container and become the command; returns an exit status only if
   something went wrong. */
static int run(const struct plan *plan, struct ch_error *err)
{
    struct environment_text *texts = NULL;
    struct isolate isolate = ISOLATE_INIT;
    int status = EXIT_MISC;

    if (environment_load(plan, &texts, err) == 0)
        status = enter(plan, &isolate, err);
    if (texts && status == 0)
        status = become(plan, texts, &isolate, err);
    environment_release(plan, texts);
    return status;
}

/* Without FUSE a SquashFS image is unpacked first, and all else is the same. */
static int prepare_image(struct plan *plan, struct ch_error *err)
{
    const char *reason;

    if (record_file_open(plan, err) < 0)
        return -1;
    if ((plan->image_type != IMAGE_SQUASHFS && !plan->further_count) ||
        squash_is_available(&reason))
        return 0;
    if (plan->image_type == IMAGE_SQUASHFS &&
        fallback_unpack(plan, reason, err) < 0)
        return -1;
    return further_unpack(plan, reason, err);
}

static int carry_out(struct plan *plan, int argc, char **argv)
{
    struct ch_error err = CH_ERROR_INIT;
    int status;

    if (plan_check_options(plan, &err) < 0)
        return fail(plan, &err, EXIT_USAGE_ERROR);
    if (!plan->explain)
        syslog_command(argc, argv);
    if (plan_complete(plan, &err) < 0 || cdi_load(plan, &err) < 0 ||
        explain_prepare(plan, &err) < 0)
        return fail(plan, &err, EXIT_MISC);
    log_plan(plan);
    if (prepare_image(plan, &err) < 0)
        return fail(plan, &err, EXIT_MISC);
    status = run(plan, &err);
    return err.message ? fail(plan, &err, status) : status;
}

static int answer(struct plan *plan, const struct options_result *result)
{
    struct ch_error err = CH_ERROR_INIT;
    bool present;

    switch (result->action) {
    case OPTIONS_HELP:
        options_print_help();
        return 0;
    case OPTIONS_USAGE:
        options_print_usage();
        return 0;
    case OPTIONS_VERSION:
        puts(PACKAGE_VERSION);
        return 0;
    case OPTIONS_TEST:
        if (self_test_log(&plan->log, result->test_fails, &err) < 0)
            return fail(plan, &err, EXIT_MISC);
        return 0;
    case OPTIONS_WARNINGS:
        self_test_warn(&plan->log, result->warnings);
        return 0;
    case OPTIONS_FEATURE:
        if (feature_find(result->feature, &present, &err) < 0)
            return fail(plan, &err, EXIT_MISC);
        return present ? 0 : EXIT_NO_FEATURE;
    case OPTIONS_PRINT_CONFIG:
        if (settings_print(plan, result->is_json, &err) < 0)
            return fail(plan, &err, EXIT_MISC);
        return 0;
    case OPTIONS_RUN:
        break;
    }
    return EXIT_MISC;
}

int main(int argc, char **argv)
{
    struct ch_error err = CH_ERROR_INIT;
    struct options_result result;
    CLEANUP_PLAN struct plan plan;

    plan_init(&plan);
    if (refuse_privilege(&err) < 0 || descriptors_reserve_standard(&err) < 0)
        return fail(&plan, &err, EXIT_MISC);
    if (argc < 2) {
        options_print_help();
        return 1;
    }
    if (options_parse(argc, argv, &plan, &result, &err) < 0)
        return fail(&plan, &err, EXIT_USAGE_ERROR);
    if (result.action != OPTIONS_RUN)
        return answer(&plan, &result);
    return carry_out(&plan, argc, argv);
}
