/* An MPI program for tests of how ranks of a node talk to each other:

     ping-pong        to the end
     ping-pong hold   until somebody ends it

   Each rank prints "rank RANK NODE NAMESPACES", the user and mount namespaces
   that it is in. The first and the second then play with a small and with a
   large message, and look at what arrives. The first prints "latency US" and
   "bandwidth MIB/S", the best of all turns: on a busy machine the others tell
   how busy it is. Both print "direct COUNT": how often their MPI library has
   read the other's memory by one system call (cross-memory attach, CMA). */

#define _GNU_SOURCE /* sched_setaffinity(), syscall(), struct iovec */

#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SMALL       8
#define SMALL_TURNS 300
#define LARGE       (4 << 20)
#define LARGE_TURNS 50

static unsigned long direct_reads;

/* The C library's, for the MPI library, too: link with -rdynamic. */
ssize_t process_vm_readv(pid_t pid, const struct iovec *local,
                         unsigned long local_count, const struct iovec *remote,
                         unsigned long remote_count, unsigned long flags)
{
    ssize_t size = syscall(SYS_process_vm_readv, pid, local, local_count,
                           remote, remote_count, flags);

    direct_reads += size > 0;
    return size;
}

static void fail(const char *text)
{
    fprintf(stderr, "ping-pong: error: %s\n", text);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

static void read_namespace(const char *name, char *text, size_t size)
{
    char path[40];
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
    length = readlink(path, text, size - 1);
    if (length < 0)
        fail("cannot read a namespace's name");
    text[length] = '\0';
}

static void say_hello(int rank)
{
    char node[256], user[40], mount[40];

    gethostname(node, sizeof(node));
    read_namespace("user", user, sizeof(user));
    read_namespace("mnt", mount, sizeof(mount));
    printf("rank %d %s %s %s\n", rank, node, user, mount);
}

/* Those who play wait by asking, and on one processor would wait for the
   scheduler: each takes another one, where there are two. */
static void choose_processor(int rank)
{
    cpu_set_t allowed, chosen;
    int count = 0;

    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
        return;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || count++ != rank)
            continue;
        CPU_ZERO(&chosen);
        CPU_SET(cpu, &chosen);
        (void)sched_setaffinity(0, sizeof(chosen), &chosen); /* at best */
    }
}

/* There and back; what comes back is what was sent, plus one. */
static double play_turn(int rank, unsigned char *data, int size, int turn)
{
    double start = MPI_Wtime();

    if (rank == 0) {
        memset(data, turn, (size_t)size);
        MPI_Send(data, size, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(data, size, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        MPI_Recv(data, size, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        data[0]++;
        data[size - 1]++;
        MPI_Send(data, size, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
    return MPI_Wtime() - start;
}

/* Seconds of the best turn. */
static double play(int rank, int size, int turns)
{
    unsigned char *data = malloc((size_t)size);
    double best = 1e9;

    if (!data)
        fail("no memory");
    for (int turn = 0; turn < turns; turn++) {
        double seconds = play_turn(rank, data, size, turn);

        if (data[0] != (unsigned char)(turn + 1) ||
            data[size / 2] != (unsigned char)turn ||
            data[size - 1] != (unsigned char)(turn + 1))
            fail("what arrived is not what was sent");
        best = seconds < best ? seconds : best;
    }
    free(data);
    return best;
}

static void play_both(int rank)
{
    double small, large;

    choose_processor(rank);
    small = play(rank, SMALL, SMALL_TURNS);
    large = play(rank, LARGE, LARGE_TURNS);
    if (rank == 0)
        printf("latency %.2f\nbandwidth %.0f\n", small / 2 * 1e6,
               2.0 * LARGE / large / (1 << 20));
    printf("direct %lu\n", direct_reads);
}

/* Without using a processor, which those who play may need. */
static void wait_for_all(void)
{
    MPI_Request request;
    int done = 0;

    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    while (MPI_Test(&request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done)
        usleep(1000);
}

int main(int argc, char **argv)
{
    int rank, count;

    MPI_Init(&argc, &argv);
    /* Where Yama wants processes to say who may look at them. */
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    if (count < 2)
        fail("it takes two");
    say_hello(rank);
    if (rank < 2)
        play_both(rank);
    fflush(stdout);
    if (argc > 1)
        pause();
    wait_for_all();
    MPI_Finalize();
    return 0;
}
