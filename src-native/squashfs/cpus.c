#include "config.h"

#include "squashfs/cpus.h"

#include <sched.h>
#include <unistd.h>

unsigned cpus_allowed(void)
{
    cpu_set_t set;
    int count;

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        return (unsigned)CPU_COUNT(&set);
    count = (int)sysconf(_SC_NPROCESSORS_ONLN); /* more CPUs than in a set */
    return count > 0 ? (unsigned)count : 1;
}
