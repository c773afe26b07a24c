#include "config.h"

#include "run/unseen.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t unseen_fork(void)
{
    /* With all arguments 0 the orders that architectures give them are the
       same. */
    return (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
}

void unseen_detach(const char *name)
{
    const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                           SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM};
    sigset_t none;

    (void)setsid();    /* cannot fail: a new process leads no group */
    (void)!chdir("/"); /* the worst is a directory that stays busy */
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        (void)signal(ignored[i], SIG_IGN); /* the numbers are right */
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* the same */
    (void)prctl(PR_SET_NAME, name);
}
