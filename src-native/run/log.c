#include "config.h"

#include "run/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"

bool log_shows(const struct log *log, enum log_level level)
{
    return log->verbosity >= (int)level;
}

bool log_is_on_terminal(const struct log *log)
{
    const char *terminal = getenv("TERM");

    return terminal && strcmp(terminal, "dumb") != 0 && !getenv("NO_COLOR") &&
           isatty(log->fd);
}

/* What a line begins with: the color and the word of its level. */
struct label {
    const char *color, *word;
};

static const struct label LABEL_ERROR = {"\033[1;31m", "error: "};
static const struct label LABEL_HINT = {"\033[36m", "hint: "};
static const struct label LABEL_WARNING = {"\033[33m", "warning: "};
static const struct label LABEL_PLAIN = {NULL, ""};

#define COLOR_OFF "\033[0m"

/* "PROGRAM[PID]: WORD: TEXT PLACE" and a newline, heap; NULL: no memory. */
static char *make_line(const struct log *log, const struct label *label,
                       const char *text, const char *place)
{
    bool has_color = log->has_color && label->color;
    char *line;

    if (asprintf(&line, "%s%s[%ld]: %s%s%s%s\n", has_color ? label->color : "",
                 log->program, (long)log->pid, label->word, text, place,
                 has_color ? COLOR_OFF : "") < 0)
        return NULL;
    return line;
}

/* One write(2) a line, so that the lines of many ranks do not mix. */
static void write_text(const struct log *log, const char *text)
{
    if (text && write(log->fd, text, strlen(text)) < 0)
        return; /* nowhere left to say it */
}

static void write_line(const struct log *log, const struct label *label,
                       const char *text)
{
    CLEANUP_FREE char *line = make_line(log, label, text, "");

    write_text(log, line);
}

static void remember_warning(struct log_warnings *warnings, const char *line)
{
    char *lines;

    if (!line || asprintf(&lines, "%s%s",
                          warnings->lines ? warnings->lines : "", line) < 0)
        return; /* it has been said once */
    free(warnings->lines);
    warnings->lines = lines;
    warnings->count++;
}

void log_line(const struct log *log, enum log_level level, const char *file,
              int line, const char *format, ...)
{
    const struct label *label =
        level == LOG_LEVEL_WARNING ? &LABEL_WARNING : &LABEL_PLAIN;
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FREE char *place = NULL;
    CLEANUP_FREE char *whole = NULL;
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
    whole = make_line(log, label, text ? text : "out of memory",
                      place ? place : "");
    write_text(log, whole);
    if (level == LOG_LEVEL_WARNING && log->warnings)
        remember_warning(log->warnings, whole);
    errno = saved_errno;
}

static void repeat_warnings(const struct log *log)
{
    const struct log_warnings *warnings = log->warnings;

    if (!warnings || !warnings->count || !log_shows(log, LOG_LEVEL_INFO))
        return;
    write_line(log, &LABEL_PLAIN, "what was warned of before:");
    write_text(log, warnings->lines);
}

void log_error(const struct log *log, const struct ch_error *err)
{
    if (!log_shows(log, LOG_LEVEL_ERROR))
        return;
    write_line(log, &LABEL_ERROR, ch_error_text(err));
    if (err->hint)
        write_line(log, &LABEL_HINT, err->hint);
    repeat_warnings(log);
}
