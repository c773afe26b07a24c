/* ./configure --disable-syslog. */

#include "config.h"

#include "run/syslog.h"

void syslog_command(int argc, char **argv)
{
    (void)argc;
    (void)argv;
}

void syslog_damage(const char *image, const char *text)
{
    (void)image;
    (void)text;
}

void syslog_server_error(const char *image, const char *text)
{
    (void)image;
    (void)text;
}

bool syslog_is_there(void)
{
    return false;
}

void syslog_server_signal(const char *image, int signal)
{
    (void)image;
    (void)signal;
}
