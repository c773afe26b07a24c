/* The system's log: a line for every launch, for admins who count them, and why
   a SquashFS server has ended before its time, as it has nobody else to tell.
 */

#ifndef CH_SYSLOG_H
#define CH_SYSLOG_H

/* Log the command line, with the values that --set-env and --set-env0 give left
   out, also where such an option is the command's. Without a system log,
   nothing happens. */
void syslog_command(int argc, char **argv);

/* Log that the SquashFS image at that path is damaged, and how. */
void syslog_damage(const char *image, const char *text);

/* Log an error of the server of an image: `text` as in "cannot ...". */
void syslog_server_error(const char *image, const char *text);

/* From now on, log the signal that ends this process, the server of an image,
   if it is one that can be caught. The kernel logs whom it kills for want of
   memory. */
void syslog_server_signals(const char *image);

#endif
