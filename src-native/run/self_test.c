#include "config.h"

#include "run/self_test.h"

int self_test_log(const struct log *log, bool fails, struct ch_error *err)
{
    log_trace(log, "test: trace");
    log_debug(log, "test: debug");
    log_info(log, "test: info");
    log_warning(log, "test: warning");
    if (!fails)
        return 0;
    ch_error_set(err, 0, "test: error");
    return ch_error_hint(err, "test: hint");
}

void self_test_warn(const struct log *log, unsigned count)
{
    for (unsigned i = 1; i <= count; i++)
        log_warning(log, "test: warning %u of %u", i, count);
}
