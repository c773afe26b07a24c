#include "config.h"

#include "run/supervise.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void supervise_prepare(sigset_t *before)
{
    sigset_t all;

    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, before); /* the arguments are right */
}

/* Reap whoever has ended. True if the child has. */
static bool reap(pid_t child, const struct supervision *supervision,
                 int *status)
{
    bool ended = false;
    int each;

    for (pid_t pid; (pid = waitpid(-1, &each, WNOHANG | WUNTRACED)) > 0;) {
        if (pid != child)
            continue;
        if (!WIFSTOPPED(each)) {
            *status = each;
            ended = true;
        } else if (supervision->stopped) {
            supervision->stopped(supervision->context, WSTOPSIG(each));
        }
    }
    return ended;
}

/* Let a blocked signal do what it does; `how` it is blocked afterwards. */
static void take(int number, int how)
{
    sigset_t only;

    sigemptyset(&only);
    sigaddset(&only, number);
    (void)kill(getpid(), number);                /* it waits */
    (void)sigprocmask(SIG_UNBLOCK, &only, NULL); /* and comes */
    (void)sigprocmask(how, &only, NULL);
}

void supervise_stop_as(int number)
{
    if (number == SIGSTOP)
        (void)kill(getpid(), number);
    else
        take(number, SIG_BLOCK);
}

int supervise(pid_t child, const struct supervision *supervision)
{
    sigset_t all;
    siginfo_t info;
    int status = 0;

    sigfillset(&all);
    for (;;) {
        int number = sigwaitinfo(&all, &info);

        if (number == SIGCHLD && reap(child, supervision, &status))
            return status;
        if (number == SIGIO && info.si_code == SI_KERNEL && supervision->ready)
            supervision->ready(supervision->context);
        /* Or it has just ended. */
        if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL)
            (void)kill(child, number);
    }
}

void supervise_end_as(int status)
{
    const struct rlimit no_core = {0, 0};
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    if (number) {
        /* There is one of the command already. */
        (void)setrlimit(RLIMIT_CORE, &no_core); /* less is always allowed */
        (void)signal(number, SIG_DFL);          /* SIGKILL has no other */
        take(number, SIG_UNBLOCK);
    }
    exit(number ? 128 + number : WEXITSTATUS(status));
}
