#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "run/join_key.h"
#include "tap.h"

struct setting {
    const char *name, *value;
};

#define SETTINGS 4

static void set_all(const struct setting *settings)
{
    clearenv();
    for (size_t i = 0; i < SETTINGS && settings[i].name; i++)
        setenv(settings[i].name, settings[i].value, 1);
}

static const struct {
    struct setting settings[SETTINGS];
    const char *expected;
    const char *title;
} TAGS[] = {
    {{{"SLURM_JOB_ID", "7"}, {"SLURM_STEP_ID", "0"}},
     "SLURM_STEP_ID=0 SLURM_JOB_ID=7 ",
     "Slurm: a step of a job"},
    {{{"SLURM_JOB_ID", "8"}, {"SLURM_STEP_ID", "0"}},
     "SLURM_STEP_ID=0 SLURM_JOB_ID=8 ",
     "the same step of another job"},
    {{{"SLURM_JOB_ID", "7"},
      {"SLURM_STEP_ID", "1"},
      {"PMIX_NAMESPACE", "slurm.pmix.7.1"}},
     "SLURM_STEP_ID=1 PMIX_NAMESPACE=slurm.pmix.7.1 SLURM_JOB_ID=7 ",
     "PMIx in Slurm"},
    {{{"OMPI_MCA_ess_base_jobid", "123"}},
     "OMPI_MCA_ess_base_jobid=123 ",
     "OpenMPI 4"},
    {{{"OMPI_MCA_ess_base_jobid", "123"},
      {"OMPI_MCA_orte_precondition_transports", "1a-2b"}},
     "OMPI_MCA_ess_base_jobid=123 OMPI_MCA_orte_precondition_transports=1a-2b ",
     "OpenMPI 4, with what else it says"},
    {{{"SLURM_STEP_ID", ""}, {"PMIX_NAMESPACE", "prterun-1"}},
     "PMIX_NAMESPACE=prterun-1 ",
     "what is empty does not count"},
};

static const struct {
    struct setting settings[SETTINGS];
    unsigned expected;
    const char *title;
} COUNTS[] = {
    {{{"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}}, 4, "OpenMPI"},
    {{{"MPI_LOCALNRANKS", "3"}}, 3, "Hydra"},
    {{{"SLURM_STEP_TASKS_PER_NODE", "4"}, {"SLURM_NODEID", "0"}}, 4, "Slurm"},
    {{{"SLURM_STEP_TASKS_PER_NODE", "4(x2),3"}, {"SLURM_NODEID", "1"}},
     4,
     "Slurm: the second of two alike"},
    {{{"SLURM_STEP_TASKS_PER_NODE", "4(x2),3"}, {"SLURM_NODEID", "2"}},
     3,
     "Slurm: the one behind them"},
    {{{"SLURM_STEP_TASKS_PER_NODE", "2,5,1(x9)"}, {"SLURM_NODEID", "1"}},
     5,
     "Slurm: a list"},
    {{{"SLURM_STEP_TASKS_PER_NODE", "4"}}, 0, "Slurm without a node's number"},
    {{{"SLURM_STEP_TASKS_PER_NODE", "x"}, {"SLURM_NODEID", "0"}},
     0,
     "no number"},
    {{{"OMPI_COMM_WORLD_LOCAL_SIZE", "99999999999"}}, 0, "too many"},
    {{{0}}, 0, "nothing"},
};

static void test_parent(void)
{
    CLEANUP_FREE char *tag = NULL;
    CLEANUP_FREE char *expected = NULL;

    clearenv();
    setenv("SLURM_JOB_ID", "7", 1);
    tag = join_default_tag();
    OK(asprintf(&expected, "SLURM_JOB_ID=7 parent=%ld", (long)getppid()) > 0,
       "a tag of a job without a step");
    IS(tag, expected, "without a step, the parent process counts");
}

static void test_pmi(void)
{
    CLEANUP_FREE char *tag = NULL, *expected = NULL, *closed = NULL;
    char text[20];
    int pair[2];

    clearenv();
    setenv("SLURM_STEP_ID", "7", 1);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        abort();
    snprintf(text, sizeof(text), "%d", pair[0]);
    setenv("PMI_FD", text, 1);
    tag = join_default_tag();
    OK(asprintf(&expected, "SLURM_STEP_ID=7 PMI=%ld ", (long)getpid()) > 0,
       "a tag of a launcher that speaks PMI");
    IS(tag, expected, "the maker of PMI's socket counts");
    close(pair[0]);
    close(pair[1]);
    closed = join_default_tag();
    IS(closed, "SLURM_STEP_ID=7 ", "without the socket it does not");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++) {
        CLEANUP_FREE char *tag = NULL;

        set_all(TAGS[i].settings);
        tag = join_default_tag();
        IS(tag, TAGS[i].expected, "%s", TAGS[i].title);
    }
    test_parent();
    test_pmi();
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(COUNTS[0]); i++) {
        set_all(COUNTS[i].settings);
        OK(join_default_count() == COUNTS[i].expected, "count: %s",
           COUNTS[i].title);
    }
    return tap_done();
}
