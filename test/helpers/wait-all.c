/* Run a command, wait for every child until there is none, and print how many
   there were. A process that gets a child without having started it, as a
   daemon's supervisor would, is found out, and so is SIGCHLD of a stranger.

     wait-all COMMAND [ARG...] */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void count(int signal)
{
    (void)signal;
    signals++;
}

int main(int argc, char **argv)
{
    int children = 0;
    pid_t pid;

    if (argc < 2)
        return 64;
    (void)signal(SIGCHLD, count); /* the number is right */
    pid = fork();
    if (pid == 0) {
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(99);
    }
    while ((pid = wait(NULL)) > 0 || errno == EINTR)
        children += pid > 0;
    printf("%d children, %d signals\n", children, (int)signals);
    return 0;
}
