#include "config.h"

#include "run/syslog.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* What log_signal() sends, made while memory can be had: all but the number. */
static struct {
    char text[512];
    size_t length;
} last_words;

/* syslog(3) may not be called here, nor much else: signal-safety(7). */
static void log_signal(int signal)
{
    static const struct sockaddr_un LOG = {.sun_family = AF_UNIX,
                                           .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    last_words.text[last_words.length++] = (char)('0' + signal / 10);
    last_words.text[last_words.length++] = (char)('0' + signal % 10);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&LOG, sizeof(LOG)) == 0)
        (void)send(fd, last_words.text, last_words.length,
                   MSG_NOSIGNAL); /* nobody is left to tell */
    (void)raise(signal);          /* which ends us now: SA_RESETHAND */
}

void syslog_server_signals(const char *image)
{
    static const int SIGNALS[] = {SIGABRT, SIGBUS,  SIGFPE,  SIGILL,
                                  SIGSEGV, SIGTRAP, SIGXCPU, SIGSYS};
    struct sigaction action = {.sa_handler = log_signal,
                               .sa_flags = (int)SA_RESETHAND};
    int length = snprintf(last_words.text, sizeof(last_words.text) - 2,
                          "<%d>ch-run[%ld]: the SquashFS server of \"%.400s\" "
                          "was ended by signal ",
                          LOG_USER | LOG_ERR, (long)getpid(), image);

    last_words.length = (size_t)length;
    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++)
        (void)sigaction(SIGNALS[i], &action, NULL); /* the numbers are right */
}
