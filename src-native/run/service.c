#include "config.h"

#include "run/service.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/unseen.h"

pid_t service_start(int *socket)
{
    int sockets[2];
    int errnum;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return -1;
    pid = unseen_fork();
    if (pid < 0) {
        errnum = errno;
        (void)close(sockets[0]); /* unused */
        (void)close(sockets[1]);
        errno = errnum;
        return -1;
    }
    *socket = sockets[pid == 0];
    (void)close(sockets[pid != 0]); /* the other side's */
    return pid;
}

void service_report_ready(int socket)
{
    (void)send(socket, "", 1, MSG_NOSIGNAL); /* as the header says */
}

void service_report_error(int socket, const char *text)
{
    (void)send(socket, text, strnlen(text, SERVICE_REPORT_SIZE - 1),
               MSG_NOSIGNAL); /* the same */
}

int service_receive_report(int socket, const char *who, struct ch_error *err)
{
    char report[SERVICE_REPORT_SIZE];
    ssize_t length;

    /* ECONNRESET comes first, and once, if the process has ended without having
       taken what we sent; its report is still there. */
    do
        length = recv(socket, report, sizeof(report) - 1, 0);
    while (length < 0 && (errno == EINTR || errno == ECONNRESET));
    if (length == 1 && !report[0])
        return 0;
    if (length <= 0)
        return ch_error_set(err, 0, "%s ended unexpectedly", who);
    report[length] = '\0';
    return ch_error_set(err, 0, "%s", report);
}
