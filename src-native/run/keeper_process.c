#include "config.h"

#include "run/keeper_process.h"

#include <errno.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "run/descriptors.h"
#include "run/keeper.h"
#include "run/service.h"
#include "run/unseen.h"

int keeper_process_start(const struct plan *plan, struct share *share,
                         bool *is_keeper, struct ch_error *err)
{
    pid_t pid;

    if (share_find_peers(plan, share, err) < 0)
        return -1;
    if (share->role != SHARE_FIRST)
        return 0;
    pid = service_start(&share->keeper);
    if (pid < 0) {
        ch_error_set(err, errno, "cannot start the container's keeper");
        return cause_explain(CAUSES_PROCESS, err);
    }
    *is_keeper = pid == 0;
    if (*is_keeper)
        return 0;
    log_trace(&plan->log, "keeper: pid %ld", (long)pid);
    /* Its name must not outlive the keeper. */
    cleanup_close(&share->socket);
    share->socket = -1;
    return 0;
}

int keeper_process_run(const struct plan *plan, struct share *share)
{
    struct ch_error err = CH_ERROR_INIT;
    struct keeper keeper = {
        .plan = plan, .share = share, .places = {-1, -1, -1}};
    const int kept[] = {share->keeper, share->socket};

    unseen_detach("ch-run-keeper");
    if (descriptors_close_except(kept, 2, false, &err) == 0) {
        keeper_run(&keeper, take_fd(&share->keeper));
        return 0;
    }
    service_report_error(share->keeper, ch_error_text(&err));
    ch_error_clear(&err);
    return EXIT_MISC;
}
