#include "config.h"

#include "run/join_key.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "run/further.h"
#include "run/share_key.h"

/* More than any node has processors. */
#define COUNT_MAX 1000000

/* What names a step. Several may be set, if one launcher starts the other, and
   all of them are the same for every process of the innermost. */
static const char *const STEPS[] = {
    "SLURM_STEP_ID",
    "SLURM_STEPID",
    "PMIX_NAMESPACE",          /* any launcher that speaks PMIx */
    "OMPI_MCA_ess_base_jobid", /* OpenMPI 4, which unsets PMIx's */
    "OMPI_MCA_orte_ess_jobid",
    "PMI_JOBID",
    "PALS_APID", /* HPE Cray */
    "ALPS_APP_ID",
    "FLUX_JOB_ID",
};

/* What holds steps: two jobs have the same numbers of them. */
static const char *const JOBS[] = {
    "SLURM_CLUSTER_NAME",
    "SLURM_JOB_ID",
    "SLURM_JOBID",
    "PBS_JOBID",
    "LSB_JOBID",
    "OMPI_MCA_orte_precondition_transports", /* random; its ids have 16 bits */
};

/* Append those that are set; whether any was. */
static int add_variables(struct buffer *tag, const char *const *names,
                         size_t count, bool *found)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = getenv(names[i]);

        if (!value || !*value)
            continue;
        *found = true;
        if (buffer_printf(tag, "%s=%s ", names[i], value) < 0)
            return -1;
    }
    return 0;
}

/* Hydra does not name what it starts, but gives each process a socket that it
   has made itself, whatever shells are in between. 0: there is none. */
static pid_t find_pmi_server(void)
{
    const char *text = getenv("PMI_FD");
    struct ucred maker = {0};
    socklen_t size = sizeof(maker);
    char *end;
    long fd;

    if (!text || !isdigit((unsigned char)*text))
        return 0;
    fd = strtol(text, &end, 10);
    if (*end || fd > INT_MAX ||
        getsockopt((int)fd, SOL_SOCKET, SO_PEERCRED, &maker, &size) < 0)
        return 0;
    return maker.pid;
}

static int add_pmi_server(struct buffer *tag, bool *found)
{
    pid_t pid = find_pmi_server();

    if (pid <= 0)
        return 0;
    *found = true;
    return buffer_printf(tag, "PMI=%ld ", (long)pid);
}

char *join_default_tag(void)
{
    CLEANUP_BUFFER struct buffer tag = {0};
    bool is_step = false, is_job = false;

    if (add_variables(&tag, STEPS, sizeof(STEPS) / sizeof(STEPS[0]), &is_step) <
            0 ||
        add_pmi_server(&tag, &is_step) < 0 ||
        add_variables(&tag, JOBS, sizeof(JOBS) / sizeof(JOBS[0]), &is_job) <
            0 ||
        (!is_step && buffer_printf(&tag, "parent=%ld", (long)getppid()) < 0))
        return NULL;
    return take_ptr(tag.data);
}

/* Slurm's list of tasks on each node, "4(x2),3", at the node of that number. */
static unsigned count_of_node(const char *list, unsigned long node)
{
    unsigned long count = 0;

    for (const char *at = list; *at;) {
        unsigned long times = 1;
        char *end;

        count = strtoul(at, &end, 10);
        if (end == at)
            return 0;
        if (!strncmp(end, "(x", 2)) {
            times = strtoul(end + 2, &end, 10);
            end += *end == ')';
        }
        if (node < times)
            break;
        node -= times;
        at = end + (*end == ',');
    }
    return count <= COUNT_MAX ? (unsigned)count : 0;
}

unsigned join_default_count(void)
{
    static const char *const COUNTS[] = {"OMPI_COMM_WORLD_LOCAL_SIZE",
                                         "MPI_LOCALNRANKS", "PALS_LOCAL_SIZE"};
    const char *list = getenv("SLURM_STEP_TASKS_PER_NODE");
    const char *node = getenv("SLURM_NODEID");

    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(COUNTS[0]); i++) {
        const char *value = getenv(COUNTS[i]);

        if (value && isdigit((unsigned char)*value))
            return count_of_node(value, 0);
    }
    if (!list || !node || !isdigit((unsigned char)*node))
        return 0;
    return count_of_node(list, strtoul(node, NULL, 10));
}

char *join_key(const struct plan *plan)
{
    CLEANUP_FREE char *tag = NULL;

    if (plan->join.tag)
        return share_key_of_peers(plan, plan->join.tag);
    tag = join_default_tag();
    return tag ? share_key_of_peers(plan, tag) : NULL;
}

static int add_binds(struct buffer *text, const struct plan *plan)
{
    for (size_t i = 0; i < plan->bind_count; i++) {
        const struct bind *bind = &plan->binds[i];

        if (buffer_printf(text, "--bind=%s%s%s%s\n", bind->source,
                          bind->destination ? ":" : "",
                          bind->destination ? bind->destination : "",
                          bind->read_only ? ":ro" : "") < 0)
            return -1;
    }
    return 0;
}

static int add_switches(struct buffer *text, const struct plan *plan)
{
    return buffer_printf(text, "%s%s%s%s", plan->write ? "--write\n" : "",
                         plan->home ? "--home\n" : "",
                         plan->make_passwd ? "" : "--no-passwd\n",
                         plan->private_tmp ? "--private-tmp\n" : "");
}

static int add_overlays(struct buffer *text, const struct plan *plan)
{
    if (plan->overlay &&
        buffer_printf(text, "--write-fake=%s\n", plan->overlay_size) < 0)
        return -1;
    if (plan->overlay_dir &&
        buffer_printf(text, "--overlay=%s%s\n", plan->overlay_dir,
                      plan->overlay_read_only ? ":ro" : "") < 0)
        return -1;
    for (size_t i = 0; i < plan->further_count; i++)
        if (plan->further[i].use == FURTHER_BELOW &&
            buffer_printf(text, "--lower=%s\n", plan->further[i].path) < 0)
            return -1;
    return 0;
}

static int add_devices(struct buffer *text, const struct plan *plan)
{
    for (size_t i = 0; i < plan->cdi_request_count; i++) {
        const char *request = plan->cdi_requests[i].text;

        if (buffer_printf(text, "--cdi%s%s\n", request ? "=" : "",
                          request ? request : "") < 0)
            return -1;
    }
    return 0;
}

char *join_description(const struct plan *plan)
{
    CLEANUP_BUFFER struct buffer text = {0};

    if (buffer_printf(&text, "--uid=%u\n--gid=%u\n--join-ct=%u\n",
                      plan->container_uid, plan->container_gid,
                      plan->join.count) < 0 ||
        add_switches(&text, plan) < 0 || add_overlays(&text, plan) < 0 ||
        (plan->mount_point &&
         buffer_printf(&text, "--mount=%s\n", plan->mount_point) < 0) ||
        add_binds(&text, plan) < 0 || add_devices(&text, plan) < 0)
        return NULL;
    return take_ptr(text.data);
}
