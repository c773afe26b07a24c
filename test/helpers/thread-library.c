/* A library that starts a thread before main(), as profilers do that are
   preloaded. */

#include <pthread.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

__attribute__((constructor)) static void start_thread(void)
{
    pthread_t thread;

    (void)pthread_create(&thread, NULL, wait_for_ever, NULL); /* seen by the
                                                                 test */
}
