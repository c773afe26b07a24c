#include "config.h"

#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* vasprintf(), with NULL for "no memory". Names in a message may come from a
   hostile archive: nothing in them must reach a terminal as a command. */
static char *format_text(const char *format, va_list args)
{
    char *text, *p;

    if (vasprintf(&text, format, args) < 0)
        return NULL;
    for (p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    return text;
}

static char *join_text(const char *left, const char *right)
{
    char *text;

    if (!left || asprintf(&text, "%s: %s", left, right) < 0)
        return NULL;
    return text;
}

int ch_error_set(struct ch_error *err, int errnum, const char *format, ...)
{
    CLEANUP_FREE char *action = NULL;
    va_list args;

    va_start(args, format);
    action = format_text(format, args);
    va_end(args);

    ch_error_clear(err);
    err->errnum = errnum;
    err->message =
        errnum ? join_text(action, strerror(errnum)) : take_ptr(action);
    return -1;
}

int ch_error_hint(struct ch_error *err, const char *format, ...)
{
    va_list args;

    free(err->hint);
    va_start(args, format);
    err->hint = format_text(format, args);
    va_end(args);
    return -1;
}

/* Make LEFT: RIGHT the message; without memory it stays as it is. */
static int replace_message(struct ch_error *err, const char *left,
                           const char *right)
{
    char *joined = right ? join_text(left, right) : NULL;

    if (joined) {
        free(err->message);
        err->message = joined;
    }
    return -1;
}

int ch_error_wrap(struct ch_error *err, const char *format, ...)
{
    CLEANUP_FREE char *step = NULL;
    va_list args;

    va_start(args, format);
    step = format_text(format, args);
    va_end(args);
    return replace_message(err, step, ch_error_text(err));
}

int ch_error_cause(struct ch_error *err, const char *format, ...)
{
    CLEANUP_FREE char *cause = NULL;
    va_list args;

    va_start(args, format);
    cause = format_text(format, args);
    va_end(args);
    return replace_message(err, ch_error_text(err), cause);
}

const char *ch_error_text(const struct ch_error *err)
{
    return err->message ? err->message : "out of memory";
}

void ch_error_clear(struct ch_error *err)
{
    free(err->message);
    free(err->hint);
    *err = (struct ch_error)CH_ERROR_INIT;
}
