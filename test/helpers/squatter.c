/* squatter NAME HOW: take a name in the abstract namespace of Unix sockets, as
   somebody who wants to harm those who look for it: "listening" and never
   accepting, the same with a "full" queue, or "deaf", not even listening. */

#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

/* A queue of length 0 takes one connection. */
static int fill_queue(const struct sockaddr_un *address, socklen_t length)
{
    return connect(open_socket(), (const struct sockaddr *)address, length);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length;
    int fd = open_socket();

    if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path) - 1)
        return 2;
    memcpy(address.sun_path + 1, argv[1], strlen(argv[1]));
    length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                         strlen(argv[1]));
    if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
        (strcmp(argv[2], "deaf") && listen(fd, 0) < 0) ||
        (!strcmp(argv[2], "full") && fill_queue(&address, length) < 0)) {
        perror("squatter");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    pause();
    return 0;
}
