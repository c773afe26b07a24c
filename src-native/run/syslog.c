#include "config.h"

#include "run/syslog.h"

#include <paths.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/cleanup.h"

/* In --set-env, --set-env0, and wherever else variables are set by name. */
#define SET_ENV "set-env"

/* What of an argument may be "NAME=VALUE"; NULL: nothing. Also the word behind
   an option that stands alone, which is no argument of it, but may have been
   meant as one. */
static const char *assignment_in(const char *argument, const char *previous)
{
    const char *name = strstr(argument, SET_ENV);

    if (name) {
        name += strlen(SET_ENV);
        name += *name == '0';
        name += strspn(name, " \t");
        return name + (*name == '=');
    }
    return strstr(previous, SET_ENV) && !strchr(previous, '=') ? argument
                                                               : NULL;
}

/* How many characters of an argument may be shown: secrets are passed as
   values of environment variables. */
static int shown_length(const char *argument, const char *previous)
{
    const char *assignment = assignment_in(argument, previous);
    const char *value = assignment ? strchr(assignment, '=') : NULL;

    return value ? (int)(value + 1 - argument) : (int)strlen(argument);
}

void syslog_command(int argc, char **argv)
{
    CLEANUP_FREE char *line = strdup("");

    for (int i = 1; line && i < argc; i++) {
        int shown = shown_length(argv[i], argv[i - 1]);
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

void syslog_server_error(const char *image, const char *text)
{
    openlog("ch-run", LOG_PID, LOG_USER);
    syslog(LOG_ERR, "the SquashFS server of \"%s\" has failed: %s", image,
           text);
    closelog();
}

bool syslog_is_there(void)
{
    return access(_PATH_LOG, F_OK) == 0;
}

void syslog_server_signal(const char *image, int signal)
{
    openlog("ch-run", LOG_PID, LOG_USER);
    syslog(LOG_ERR, "the SquashFS server of \"%s\" was ended by signal %d%s",
           image, signal,
           signal == SIGKILL ? ": somebody's, or the kernel's, which then says "
                               "in its log what there was too little of"
                             : "");
    closelog();
}
