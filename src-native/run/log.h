/* What ch-run tells its user, on standard error: `ch-run[PID]: MESSAGE`. The
   only way for code in run/ to speak.

   A struct log is set up once by the option parser and then only read; it
   travels in the plan. */

#ifndef CH_LOG_H
#define CH_LOG_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/error.h"

enum log_level {
    LOG_LEVEL_ERROR = -2,  /* shown also with -qq */
    LOG_LEVEL_RESULT = -1, /* what an option asked for; shown also with -q */
    LOG_LEVEL_WARNING = 0,
    LOG_LEVEL_INFO = 1, /* -v and more */
    LOG_LEVEL_DEBUG = 2,
    LOG_LEVEL_TRACE = 3
};

struct log {
    const char *program;
    pid_t pid;     /* shown in every line; the server shows ch-run's too */
    int verbosity; /* -3 (-qqq) to 3 (-vvv) */
    int fd;        /* where to */
    bool has_color;
    struct log_warnings *warnings; /* to be repeated; NULL: none are */
};

/* What has been warned of, for whoever reads only the end. */
struct log_warnings {
    char *lines; /* heap; with what makes them lines */
    size_t count;
};

/* Whether color makes sense where messages go. */
bool log_is_on_terminal(const struct log *log);

/* True if a message of this level is shown. */
bool log_shows(const struct log *log, enum log_level level);

/* One line, if the verbosity shows its level. From LOG_LEVEL_DEBUG on it ends
   in the place in our source, "(file.c:LINE)". Keeps errno. */
void log_line(const struct log *log, enum log_level level, const char *file,
              int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The error's message, and its hint in a line of its own. With -v, when
   warnings may be far above, they are repeated. */
void log_error(const struct log *log, const struct ch_error *err);

#define log_result(log, ...)                                                   \
    log_line(log, LOG_LEVEL_RESULT, __FILE__, __LINE__, __VA_ARGS__)
#define log_warning(log, ...)                                                  \
    log_line(log, LOG_LEVEL_WARNING, __FILE__, __LINE__, __VA_ARGS__)
#define log_info(log, ...)                                                     \
    log_line(log, LOG_LEVEL_INFO, __FILE__, __LINE__, __VA_ARGS__)
#define log_debug(log, ...)                                                    \
    log_line(log, LOG_LEVEL_DEBUG, __FILE__, __LINE__, __VA_ARGS__)
#define log_trace(log, ...)                                                    \
    log_line(log, LOG_LEVEL_TRACE, __FILE__, __LINE__, __VA_ARGS__)

#endif
