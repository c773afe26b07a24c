/* system-log PATH COMMAND [ARG...]: run COMMAND while PATH is the socket of the
   system's log, and print what is sent there. */

#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 20

static int open_log(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return fd;
}

static void print_lines(int fd, pid_t child)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    char line[4096];
    int has_ended = 0;

    for (;;) {
        int ready = poll(&polled, 1, PATIENCE_MS);
        ssize_t length = ready > 0 ? recv(fd, line, sizeof(line), 0) : 0;

        if (length > 0)
            printf("%.*s\n", (int)length, line);
        fflush(stdout);
        if (ready == 0 && has_ended)
            return;
        has_ended = has_ended || waitpid(child, NULL, WNOHANG) == child;
    }
}

int main(int argc, char **argv)
{
    int fd;
    pid_t child;

    if (argc < 3)
        return 2;
    fd = open_log(argv[1]);
    child = fd < 0 ? -1 : fork();
    if (child < 0) {
        perror("system-log");
        return 1;
    }
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    print_lines(fd, child);
    return 0;
}
