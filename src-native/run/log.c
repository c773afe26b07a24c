#include "config.h"

#include "run/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"

bool log_shows(const struct log *log, enum log_level level)
{
    return log->verbosity >= (int)level;
}

/* One write(2) a line, so that the lines of many ranks do not mix. */
static void write_line(const struct log *log, const char *label,
                       const char *text, const char *place)
{
    CLEANUP_FREE char *line = NULL;
    int length = asprintf(&line, "%s[%ld]: %s%s%s\n", log->program,
                          (long)log->pid, label, text, place);

    if (length < 0) {
        line = NULL;
        return;
    }
    if (write(log->fd, line, length) < 0)
        return; /* nowhere left to say it */
}

void log_line(const struct log *log, enum log_level level, const char *file,
              int line, const char *format, ...)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FREE char *place = NULL;
    int saved_errno = errno;
    va_list args;

    if (!log_shows(log, level))
        return;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    if (level >= LOG_LEVEL_DEBUG &&
        asprintf(&place, " (%s:%d)", basename(file), line) < 0)
        place = NULL;
    write_line(log, level == LOG_LEVEL_WARNING ? "warning: " : "",
               text ? text : "out of memory", place ? place : "");
    errno = saved_errno;
}

void log_error(const struct log *log, const struct ch_error *err)
{
    if (!log_shows(log, LOG_LEVEL_ERROR))
        return;
    write_line(log, "error: ", ch_error_text(err), "");
    if (err->hint)
        write_line(log, "hint: ", err->hint, "");
}
