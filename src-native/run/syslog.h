/* A line in the system's log for every launch, for admins who count them. */

#ifndef CH_SYSLOG_H
#define CH_SYSLOG_H

/* Log the command line, with the values that --set-env gives left out. Without
   a system log, nothing happens. */
void syslog_command(int argc, char **argv);

/* Log that the SquashFS image at that path is damaged, and how. */
void syslog_damage(const char *image, const char *text);

#endif
