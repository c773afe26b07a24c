/* The system's log: a line for every launch, for admins who count them, and why
   a SquashFS server has ended before its time, as it has nobody else to tell.
 */

#ifndef CH_SYSLOG_H
#define CH_SYSLOG_H

#include <stdbool.h>

/* Log the command line, with the values that --set-env and --set-env0 give left
   out, also where such an option is the command's. Without a system log,
   nothing happens. */
void syslog_command(int argc, char **argv);

/* Log that the SquashFS image at that path is damaged, and how. */
void syslog_damage(const char *image, const char *text);

/* Log an error of the server of an image: `text` as in "cannot ...". */
void syslog_server_error(const char *image, const char *text);

/* Whether there is a system log now, and this build writes to it. */
bool syslog_is_there(void);

/* Log the signal that has ended the server of an image. */
void syslog_server_signal(const char *image, int signal);

#endif
