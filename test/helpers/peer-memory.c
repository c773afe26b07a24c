/* Memory of another process, read in one system call as MPI libraries do it
   between processes of a node:

     peer-memory hold            print "PID ADDRESS" of a text, and wait
     peer-memory read PID ADDRESS  print that text, or why it cannot be read */

#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

static char text[] = "from a peer";

static int hold(void)
{
    /* Where Yama wants processes to say who may look at them. */
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    printf("%ld %ju\n", (long)getpid(), (uintmax_t)(uintptr_t)text);
    fflush(stdout);
    pause();
    return 0;
}

static int read_text(const char *pid, const char *address)
{
    char copy[sizeof(text)] = "";
    struct iovec local = {copy, sizeof(copy)};
    struct iovec remote = {(void *)(uintptr_t)strtoull(address, NULL, 10),
                           sizeof(copy)};

    if (process_vm_readv((pid_t)strtol(pid, NULL, 10), &local, 1, &remote, 1,
                         0) < 0) {
        printf("%s\n", strerror(errno));
        return 1;
    }
    printf("%s\n", copy);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "hold"))
        return hold();
    if (argc == 4 && !strcmp(argv[1], "read"))
        return read_text(argv[2], argv[3]);
    return 64;
}
