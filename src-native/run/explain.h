/* --explain: what a launch does and why. All of it is done, in namespaces of
   our own, up to the moment when the command would begin; so what is told is
   what happens, and cannot be another. Between the steps we look at what has
   changed: mounts by /proc/self/mountinfo, variables by the environment. Each
   change is put down to the step's rule. When this process ends, so do the
   mounts.

   Without --explain the plan has no struct explain, and nothing here does
   anything. */

#ifndef CH_EXPLAIN_H
#define CH_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "core/error.h"
#include "run/origin.h"

struct bind;
struct plan;

/* Why something is done. */
struct explain_rule {
    const char *text; /* static: "bind" */
    struct origin origin;
};

struct explain_mount {
    long id;      /* as in /proc/self/mountinfo; -1: predicted, see below */
    char *at;     /* where in the container; predicted only */
    char *source; /* on the host, where a bind has said it; or NULL */
    struct explain_rule rule;
};

struct explain_variable {
    char *name;
    char *value; /* NULL: it is unset */
    struct explain_rule rule;
};

/* Lists are owned, and in order. */
struct explain {
    bool is_json;
    bool has_failed;   /* for want of memory or of /proc */
    struct stat image; /* its file or directory */
    char *keeps;       /* what --overlay would write to, or NULL */
    char *outer_uids, *outer_gids;
    struct explain_mount *mounts;
    size_t mount_count;
    struct explain_variable *variables;
    size_t variable_count;
    char **environment; /* as it was at the last look; NULL-terminated */
};

/* Heap; NULL without memory. */
struct explain *explain_new(bool is_json);
void explain_release(struct explain *explain);

/* When the plan is complete: take from it what would leave something behind,
   and look at the image. Nothing without --explain. */
int explain_prepare(struct plan *plan, struct ch_error *err);

/* The ids are those of the outer namespace. */
void explain_outer_ids(struct explain *explain);

/* The same; and what is mounted now is due to the image, if it is in the
   container in the end. */
void explain_base(struct explain *explain, const struct explain_rule *rule);

/* The only line of /proc/self/uid_map or gid_map, with single blanks. Heap, the
   caller frees; NULL: cannot be read. */
char *explain_id_map(const char *path);

/* What has been mounted since the last look is due to the rule. `source` may be
   NULL. */
void explain_mounts(struct explain *explain, const struct explain_rule *rule,
                    const char *source);

/* The destination of this bind would be made in the image, which we leave as it
   is. */
void explain_predicted(struct explain *explain, const struct bind *bind);

/* The rule of a bind, or of a setting. */
struct explain_rule explain_rule_of_bind(const struct bind *bind);
void explain_mounts_setting(const struct plan *plan, const char *key,
                            const char *text);
struct explain_rule explain_rule_of_setting(const struct plan *plan,
                                            const char *key, const char *text);

/* The rule of CDI devices, which are used all together: it has the origin of
   the first that is asked for. */
struct explain_rule explain_rule_of_devices(const struct plan *plan);

/* Begin to look at the environment. */
void explain_environment_begin(struct explain *explain);

/* What has changed in it since the last look is due to the rule, or to the
   setting of that key. */
void explain_environment(struct explain *explain,
                         const struct explain_rule *rule);
void explain_environment_setting(const struct plan *plan, const char *key,
                                 const char *text);

#endif
