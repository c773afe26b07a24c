#include "config.h"

#include <string.h>

#include "run/share_key.h"
#include "tap.h"

struct path_case {
    const char *path;
    const char *expected;
    const char *title;
};

static const struct path_case PATHS[] = {
    {"0::/system.slice/slurmstepd.scope/job_7/step_0/user/task_3",
     "0::/system.slice/slurmstepd.scope/job_7/step_0", "Slurm, cgroup v2"},
    {"4:memory:/slurm/uid_1000/job_7/step_batch/task_0",
     "4:memory:/slurm/uid_1000/job_7/step_batch", "Slurm, cgroup v1"},
    {"4:memory:/slurm/uid_1000/job_7/step_extern",
     "4:memory:/slurm/uid_1000/job_7/step_extern", "the step itself"},
    {"4:cpuset:/slurm_n1/uid_1000/job_7/step_0/job_1/step_2/x",
     "4:cpuset:/slurm_n1/uid_1000/job_7/step_0", "the outermost step counts"},
    {"0::/user.slice/user-1000.slice/session-5.scope",
     "0::/user.slice/user-1000.slice/session-5.scope", "a session"},
    {"0::/step_1/a/b", "0::/step_1/a/b", "a step of no job"},
    {"0::/job_1/a/b", "0::/job_1/a/b", "a job without steps"},
    {"0::/", "0::/", "the root"},
    {"", "", "nothing"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
        char path[128];

        memcpy(path, PATHS[i].path, strlen(PATHS[i].path) + 1);
        share_key_cut_to_step(path);
        IS(path, PATHS[i].expected, "%s", PATHS[i].title);
    }
    OK(share_hash(SHARE_HASH_START, "", 0) == SHARE_HASH_START,
       "nothing changes no hash");
    OK(share_hash(SHARE_HASH_START, "foobar", 6) == 0x85944171f73967e8ULL,
       "FNV-1a of its authors' example");
    return tap_done();
}
