/* A process of ours (unseen.h) that serves an image, or keeps a container for
   peers. A socket pair joins it to ch-run: the end of either side is an end of
   file for the other. */

#ifndef CH_SERVICE_H
#define CH_SERVICE_H

#include <sys/types.h>

#include "core/error.h"

/* Like fork(2) it returns twice: 0 in the new process, whose id it returns in
   ours, or -1 with errno set. Either has its end of the pair in `*socket`. */
pid_t service_start(int *socket);

/* The longest error that is reported. */
#define SERVICE_REPORT_SIZE 1024

/* Say over the socket that all is well, or what is not. That nobody listens any
   more is no error. */
void service_report_ready(int socket);
void service_report_error(int socket, const char *text);

/* Wait for either; `who` is named if the process ends without a word. */
int service_receive_report(int socket, const char *who, struct ch_error *err);

#endif
