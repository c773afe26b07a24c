#include "config.h"

#include "run/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DESCRIPTORS_SIZE (MESSAGE_DESCRIPTORS * sizeof(int))

/* Room for the descriptors of a message, aligned. */
union control {
    char bytes[CMSG_SPACE(DESCRIPTORS_SIZE)];
    struct cmsghdr align;
};

int message_send(int socket, const void *data, size_t length, const int *fds,
                 size_t count)
{
    struct iovec part = {(void *)data, length};
    union control control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (count > 0) {
        struct cmsghdr *header;

        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static void take_descriptors(struct msghdr *message, int *fds)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);

    for (size_t i = 0; i < MESSAGE_DESCRIPTORS; i++)
        fds[i] = -1;
    if (header && header->cmsg_level == SOL_SOCKET &&
        header->cmsg_type == SCM_RIGHTS)
        memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
}

ssize_t message_receive(int socket, void *data, size_t size, int *fds)
{
    struct iovec part = {data, size};
    union control control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t length;

    do
        length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length <= 0)
        message.msg_controllen = 0;
    take_descriptors(&message, fds);
    if (length < 0 || !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return length;
    message_close(fds);
    errno = message.msg_flags & MSG_TRUNC ? EMSGSIZE : EMFILE;
    return -1;
}

void message_close(int *fds)
{
    for (size_t i = 0; i < MESSAGE_DESCRIPTORS; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]); /* only ever held */
        fds[i] = -1;
    }
}
