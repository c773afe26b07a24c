#include "config.h"

#include "run/option_handlers.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "run/bind_text.h"
#include "run/cdi.h"
#include "run/further.h"
#include "run/isolate.h"
#include "run/join_key.h"
#include "run/option_value.h"

/* More threads than any machine has CPUs. */
#define FUSE_THREADS_MAX 4096

/* A day, in seconds. */
#define LINGER_LAST 86400

/* More processes than any node runs. */
#define JOIN_COUNT_MAX 1000000

/* pid_t is an int everywhere. */
#define PID_MAX INT_MAX

int option_bind(struct parse *parse, const char *argument)
{
    return bind_text_add(parse->plan, argument, parse->err);
}

int option_cd(struct parse *parse, const char *argument)
{
    parse->plan->workdir = argument;
    return 0;
}

int option_cdi(struct parse *parse, const char *argument)
{
    if (argument && !cdi_is_request(argument)) {
        ch_error_set(parse->err, 0,
                     "option \"--cdi=%s\": not a kind such as "
                     "\"vendor.com/class\", nor a device, "
                     "\"vendor.com/class=name\"",
                     argument);
        return -1;
    }
    return plan_add_cdi_request(parse->plan, argument, true, parse->err);
}

int option_cdi_dirs(struct parse *parse, const char *argument)
{
    parse->plan->cdi_dirs = argument;
    return 0;
}

int option_clean_env(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->clean_environment = true;
    return 0;
}

int option_env_no_expand(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->expand_environment = false;
    return 0;
}

/* For options that print something: as text, or as JSON. */
static int choose_format(struct parse *parse, const char *option,
                         const char *argument, bool *is_json)
{
    *is_json = argument != NULL;
    if (!argument || !strcmp(argument, "json"))
        return 0;
    return ch_error_set(parse->err, 0, "option \"--%s=%s\": not \"json\"",
                        option, argument);
}

int option_explain(struct parse *parse, const char *argument)
{
    struct plan *plan = parse->plan;
    bool is_json;

    if (choose_format(parse, "explain", argument, &is_json) < 0)
        return -1;
    if (!plan->explain)
        plan->explain = explain_new(is_json);
    if (!plan->explain)
        return ch_error_set(parse->err, errno, "cannot explain");
    plan->explain->is_json = is_json;
    return 0;
}

int option_feature(struct parse *parse, const char *argument)
{
    parse->result->action = OPTIONS_FEATURE;
    parse->result->feature = argument;
    return 0;
}

int option_fuse_cache(struct parse *parse, const char *argument)
{
    return option_value_size(argument, "fuse-cache", &parse->plan->fuse_cache,
                             parse->err);
}

int option_fuse_linger(struct parse *parse, const char *argument)
{
    return option_value_seconds(argument, "fuse-linger", LINGER_LAST,
                                &parse->plan->fuse_linger, parse->err);
}

int option_fuse_threads(struct parse *parse, const char *argument)
{
    return option_value_count(argument, "fuse-threads", FUSE_THREADS_MAX,
                              &parse->plan->fuse_threads, parse->err);
}

int option_gid(struct parse *parse, const char *argument)
{
    return option_value_id(argument, "gid", &parse->plan->container_gid,
                           parse->err);
}

int option_help(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->result->action = OPTIONS_HELP;
    return 0;
}

int option_home(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->home = true;
    return 0;
}

int option_join(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->join.is_wanted = true;
    return 0;
}

int option_join_ct(struct parse *parse, const char *argument)
{
    struct join *join = &parse->plan->join;

    if (settings_imply(parse, "join") < 0)
        return -1;
    if (strcmp(argument, "auto"))
        return option_value_count(argument, "join-ct", JOIN_COUNT_MAX,
                                  &join->count, parse->err);
    join->count = join_default_count();
    if (join->count > 0)
        return 0;
    ch_error_set(parse->err, 0,
                 "option \"--join-ct=auto\": nothing in the environment says "
                 "how many processes the job has on this node");
    return ch_error_hint(parse->err, "give a number, or leave it out: a count "
                                     "is needed only to wait for all peers");
}

int option_join_pid(struct parse *parse, const char *argument)
{
    unsigned pid;

    if (option_value_count(argument, "join-pid", PID_MAX, &pid, parse->err) < 0)
        return -1;
    parse->plan->join.pid = (pid_t)pid;
    return 0;
}

int option_join_tag(struct parse *parse, const char *argument)
{
    if (!*argument)
        return ch_error_set(parse->err, 0, "option \"--join-tag\" needs a tag");
    parse->plan->join.tag = argument;
    return settings_imply(parse, "join");
}

int option_isolate(struct parse *parse, const char *argument)
{
    return isolate_parse(parse->plan, argument, parse->err);
}

int option_lower(struct parse *parse, const char *argument)
{
    return further_add_lower(parse->plan, argument, parse->err);
}

int option_mount(struct parse *parse, const char *argument)
{
    parse->plan->mount_point = argument;
    return 0;
}

int option_no_fuse_share(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->fuse_share = false;
    return 0;
}

int option_no_image_env(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->image_environment = false;
    return 0;
}

int option_no_passwd(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->make_passwd = false;
    return 0;
}

int option_offset(struct parse *parse, const char *argument)
{
    parse->plan->has_offset = true;
    return option_value_position(argument, "offset", &parse->plan->image_offset,
                                 parse->err);
}

int option_overlay(struct parse *parse, const char *argument)
{
    static const char READ_ONLY[] = ":ro";
    struct plan *plan = parse->plan;
    size_t length = strlen(argument), tail = strlen(READ_ONLY);

    if (settings_is_asked_for(plan, "overlay"))
        return ch_error_set(parse->err, 0,
                            "option \"--overlay\" may be given once");
    plan->overlay_read_only =
        length > tail && !strcmp(argument + length - tail, READ_ONLY);
    free(plan->overlay_dir); /* of a configuration file */
    plan->overlay_dir =
        strndup(argument, length - (plan->overlay_read_only ? tail : 0));
    if (!plan->overlay_dir)
        return ch_error_set(parse->err, errno, "cannot parse \"--overlay\"");
    if (!*plan->overlay_dir)
        return ch_error_set(parse->err, 0,
                            "option \"--overlay\" needs a directory");
    return 0;
}

int option_print_config(struct parse *parse, const char *argument)
{
    parse->result->action = OPTIONS_PRINT_CONFIG;
    return choose_format(parse, "print-config", argument,
                         &parse->result->is_json);
}

int option_private_tmp(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->private_tmp = true;
    return 0;
}

int option_record(struct parse *parse, const char *argument)
{
    parse->plan->record = argument;
    return 0;
}

int option_seccomp(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->emulate_root = true;
    return 0;
}

int option_set_env(struct parse *parse, const char *argument)
{
    if (!argument)
        return plan_add_environment(parse->plan, ENVIRONMENT_SET_IMAGE, NULL,
                                    parse->err);
    return plan_add_environment(parse->plan,
                                strchr(argument, '=') ? ENVIRONMENT_SET
                                                      : ENVIRONMENT_SET_FILE,
                                argument, parse->err);
}

int option_squashfs_engine(struct parse *parse, const char *argument)
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

int option_stats(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->stats = true;
    return 0;
}

int option_set_env0(struct parse *parse, const char *argument)
{
    return plan_add_environment(parse->plan, ENVIRONMENT_SET_FILE0, argument,
                                parse->err);
}

int option_storage(struct parse *parse, const char *argument)
{
    free(parse->plan->storage);
    parse->plan->storage = strdup(argument);
    if (!parse->plan->storage)
        return ch_error_set(parse->err, errno, "cannot parse \"--storage\"");
    return 0;
}

int option_uid(struct parse *parse, const char *argument)
{
    return option_value_id(argument, "uid", &parse->plan->container_uid,
                           parse->err);
}

int option_unset_env(struct parse *parse, const char *argument)
{
    if (!*argument)
        return ch_error_set(parse->err, 0,
                            "option \"--unset-env\" needs a glob");
    return plan_add_environment(parse->plan, ENVIRONMENT_UNSET, argument,
                                parse->err);
}

int option_version(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->result->action = OPTIONS_VERSION;
    return 0;
}

int option_write(struct parse *parse, const char *argument)
{
    (void)argument;
    parse->plan->write = true;
    return 0;
}

int option_write_fake(struct parse *parse, const char *argument)
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
