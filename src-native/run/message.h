/* Descriptors, and a few bytes with them, over a Unix socket that keeps the
   bounds of messages (SOCK_SEQPACKET). */

#ifndef CH_MESSAGE_H
#define CH_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

/* The most descriptors that a message carries. */
#define MESSAGE_DESCRIPTORS 4

/* Send `length` bytes, at least one, and `count` descriptors, which stay open
   here. Returns 0, or -1 with errno set; never raises SIGPIPE. */
int message_send(int socket, const void *data, size_t length, const int *fds,
                 size_t count);

/* Wait for a message. `fds` has room for MESSAGE_DESCRIPTORS; those that came
   are the caller's, the rest is -1. Returns the message's length, 0 if the
   other side has ended, or -1 with errno set: EMFILE if there was no room here
   for its descriptors, EMSGSIZE if there was none for its bytes. */
ssize_t message_receive(int socket, void *data, size_t size, int *fds);

/* Close those that are open. */
void message_close(int *fds);

#endif
