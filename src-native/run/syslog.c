#include "config.h"

#include "run/syslog.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/cleanup.h"

#define SET_ENV "--set-env="

/* How many characters of an argument may be shown: secrets are passed as
   values of environment variables. */
static int shown_length(const char *argument)
{
    const char *value;

    if (strncmp(argument, SET_ENV, strlen(SET_ENV)))
        return (int)strlen(argument);
    value = strchr(argument + strlen(SET_ENV), '=');
    return value ? (int)(value + 1 - argument) : (int)strlen(argument);
}

void syslog_command(int argc, char **argv)
{
    CLEANUP_FREE char *line = strdup("");

    for (int i = 1; line && i < argc; i++) {
        int shown = shown_length(argv[i]);
        char *longer;

        if (asprintf(&longer, "%s \"%.*s%s\"", line, shown, argv[i],
                     argv[i][shown] ? "..." : "") < 0)
            longer = NULL;
        free(line);
        line = longer;
    }
    if (!line)
        return;
    openlog("ch-run", LOG_PID, LOG_USER);
    syslog(LOG_INFO, "uid=%u args=%d:%s", getuid(), argc, line);
    closelog();
}

void syslog_damage(const char *image, const char *text)
{
    openlog("ch-run", LOG_PID, LOG_USER);
    syslog(LOG_ERR, "uid=%u \"%s\" is damaged: %s", getuid(), image, text);
    closelog();
}
