#include "config.h"

#include "core/error.h"

#include <errno.h>

#include "tap.h"

int main(void)
{
    struct ch_error err = CH_ERROR_INIT;

    OK(ch_error_set(&err, ENOENT, "cannot open \"%s\"", "x") == -1,
       "ch_error_set() returns -1");
    IS(ch_error_text(&err), "cannot open \"x\": No such file or directory",
       "ch_error_set() adds the cause");
    OK(err.errnum == ENOENT && !err.hint, "ch_error_set() keeps the errno");
    OK(ch_error_hint(&err, "make %s", "it") == -1,
       "ch_error_hint() returns -1");
    IS(err.hint, "make it", "ch_error_hint() adds a hint");
    OK(ch_error_wrap(&err, "cannot run \"%s\"", "y") == -1,
       "ch_error_wrap() returns -1");
    IS(ch_error_text(&err),
       "cannot run \"y\": cannot open \"x\": No such file or directory",
       "ch_error_wrap() adds a step");
    OK(ch_error_cause(&err, "%s", "it was moved") == -1,
       "ch_error_cause() returns -1");
    IS(ch_error_text(&err),
       "cannot run \"y\": cannot open \"x\": No such file or directory: it was "
       "moved",
       "ch_error_cause() adds a cause");
    OK(err.errnum == ENOENT && err.hint,
       "ch_error_wrap() and ch_error_cause() keep the rest");
    (void)ch_error_set(&err, 0, "refused");
    IS(ch_error_text(&err), "refused", "ch_error_set() replaces an error");
    OK(!err.errnum && !err.hint, "ch_error_set() drops the old hint");
    (void)ch_error_set(&err, 0,
                       "a\033[2J\n\t\x7f"
                       "b\xc3\xa9\xff");
    IS(ch_error_text(&err), "a?[2J???b\xc3\xa9\xff",
       "ch_error_set() lets no terminal commands through");
    ch_error_clear(&err);
    OK(!err.message, "ch_error_clear() empties");
    return tap_done();
}
