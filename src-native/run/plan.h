/* The plan: everything that ch-run will do, decided before anything changes.
   The option parser fills it in, plan_complete() adds what follows from the
   image and the host; from then on it is only read. */

#ifndef CH_PLAN_H
#define CH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/image.h"
#include "core/squashfs_super.h"
#include "run/explain.h"
#include "run/log.h"
#include "run/origin.h"
#include "run/settings.h"

/* Exit statuses of ch-run itself; otherwise it is the command's own. */
enum exit_status {
    EXIT_MISC = 31,        /* ch-run failed */
    EXIT_COMMAND = 49,     /* the command could not be started */
    EXIT_USAGE_ERROR = 64, /* EX_USAGE of sysexits.h */
    EXIT_SQUASH = 84,      /* the SquashFS service could not start */
    EXIT_NO_FEATURE = 87   /* --feature: absent */
};

struct bind {
    char *source;      /* on the host */
    char *destination; /* in the container, absolute; NULL: as the source */
    bool required;     /* false: skipped where either side is missing */
    bool read_only;
    struct origin origin;
    size_t image; /* the source is a SquashFS image: plan->further[image - 1];
                     0: it is what it is */
};

enum environment_action {
    ENVIRONMENT_SET,       /* argument: NAME=VALUE */
    ENVIRONMENT_SET_FILE,  /* argument: a file on the host, of lines */
    ENVIRONMENT_SET_FILE0, /* the same, but NUL is at the end of each */
    ENVIRONMENT_SET_IMAGE, /* no argument: /ch/environment in the image */
    ENVIRONMENT_UNSET      /* argument: a glob */
};

struct environment_change {
    enum environment_action action;
    const char *argument;
    struct origin origin;
};

/* Peers that share a container: join.h. */
struct join {
    bool is_wanted;
    const char *tag; /* which; NULL: follows from the job step */
    unsigned count;  /* that many start together; 0: nobody waits */
    pid_t pid;       /* --join-pid, instead of all that; or 0 */
};

enum engine_choice {
    ENGINE_ANY, /* our own where it can, else libsquashfuse_ll */
    ENGINE_BUILTIN,
    ENGINE_SQUASHFUSE
};

/* --cdi: a kind, a device, or NULL: all. */
struct cdi_request {
    const char *text;
    bool required; /* false: left out where there is no such device */
    struct origin origin;
};

struct cdi;
struct further_image;

struct plan {
    struct log log;
    struct log_warnings warnings; /* the log's; owned */
    const char *color;            /* "auto", "always" or "never" */
    bool shows_warnings;          /* with no --verbose nor --quiet */

    const char *image_path; /* as the user gave it */
    char *image;            /* without symlinks, owned */
    enum image_type image_type;
    char **layers; /* directories below it, of an image in storage; owned */
    size_t layer_count;
    int image_fd;          /* SquashFS: the image, open for reading */
    uint64_t image_offset; /* where it begins in that file */
    bool has_offset;       /* --offset */
    struct squashfs_super super;
    const char *mount_point; /* --mount, or NULL */
    enum engine_choice engine;
    size_t fuse_cache;     /* bytes; 0: the engine's choice */
    unsigned fuse_threads; /* at most; 0: as many as CPUs */
    const char *record;    /* --record: where, or NULL */
    int record_fd;         /* the same, open to append */
    bool stats;            /* print what serving has come to */
    bool fuse_share;       /* join the server of another launch, or be joined */
    unsigned fuse_linger;  /* seconds that such a server outlives the last */
    char *storage;         /* the storage directory, owned */
    struct join join;

    uid_t host_uid; /* who started us */
    uid_t container_uid;
    gid_t container_gid;
    bool write;
    bool overlay;             /* --write-fake, or needed by another option */
    const char *overlay_size; /* for tmpfs, "12%" or "2g" */
    char *overlay_dir;        /* --overlay, or NULL; owned */
    bool overlay_read_only;   /* what that keeps is shown, nothing is written */
    bool home;
    bool emulate_root; /* --seccomp */
    bool make_passwd;
    bool private_tmp;
    unsigned isolated; /* of enum isolation */
    bool silence_output;
    const char *workdir; /* --cd, or NULL */

    struct further_image *further; /* below the image, and bound; owned */
    size_t further_count;

    struct bind *binds; /* the user's, in order; owned */
    size_t bind_count;
    struct environment_change *environment; /* in order; owned */
    size_t environment_count;

    struct cdi_request *cdi_requests; /* in order; owned */
    size_t cdi_request_count;
    const char *cdi_dirs; /* --cdi-dirs, or NULL */
    struct cdi *cdi;      /* what these need, owned; NULL: nothing */

    bool clean_environment;  /* nothing of the host's */
    bool image_environment;  /* the image's applies */
    bool expand_environment; /* $NAME in values */

    struct settings settings; /* where values come from */
    struct origin origin;     /* of what is being added now */
    struct explain *explain;  /* --explain: what is done and why; or NULL */

    char **command; /* NULL-terminated, part of argv; empty: the image's */
};

/* Every default, visible at once. */
void plan_init(struct plan *plan);

/* Free what is owned. */
void plan_release(struct plan *plan);

/* Whether what COMMAND writes is kept in plan->overlay_dir. */
bool plan_keeps_writes(const struct plan *plan);

/* Refuse options that contradict each other, whatever the image. On error the
   exit status is EXIT_USAGE_ERROR. */
int plan_check_options(const struct plan *plan, struct ch_error *err);

/* Find out what the image is, open and check it, and settle what depends on
   it. Nothing is changed. Errors: no such image, not an image, damaged image,
   options that do not fit its type. */
int plan_complete(struct plan *plan, struct ch_error *err);

/* The same for an image that is used besides. */
int plan_find_image(struct plan *plan, struct ch_error *err);

/* Append a bind. `source` and `destination` (may be NULL) are copied. */
int plan_add_bind(struct plan *plan, const char *source,
                  const char *destination, bool required, bool read_only,
                  struct ch_error *err);

/* Append an environment change; `argument` must outlive the plan. */
int plan_add_environment(struct plan *plan, enum environment_action action,
                         const char *argument, struct ch_error *err);

/* Append a request for CDI devices, NULL for all; it must outlive the plan. */
int plan_add_cdi_request(struct plan *plan, const char *request, bool required,
                         struct ch_error *err);

#endif
