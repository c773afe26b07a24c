#include "config.h"

#include "squashfs/session.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "squashfs/cpus.h"
#include "squashfs/requests.h"

/* The deepest use is that of a metadata block on the stack: 8 KiB. */
#define STACK_SIZE ((size_t)256 << 10)

/* Kernels that do not let us choose send at most this many pages at once. */
#define PAGES_OF_OLD_KERNELS 32

struct crew {
    struct session session;
    size_t read_size;
    atomic_uint idle;  /* threads that wait for a request */
    atomic_int errnum; /* why serving ended, if not by an unmount */
    pthread_mutex_t mutex;
    /* Under the mutex: */
    unsigned count;     /* of threads, with the first */
    pthread_t *threads; /* all but the first */
};

/* --- one thread ------------------------------------------------------------
 */

static void request_free(struct request *request)
{
    file_pieces_free(&request->pieces);
    free(request->reply);
    free(request);
}

static struct request *request_make(struct crew *crew)
{
    const struct squashfs_image *image = crew->session.image;
    size_t pieces = crew->read_size / image->super.block_size + 2;
    struct request *request = malloc(sizeof(*request));

    if (!request)
        return NULL;
    request->session = &crew->session;
    request->reply = calloc(pieces + 1, sizeof(struct iovec));
    if (request->reply &&
        file_pieces_init(&request->pieces, image, crew->read_size) == 0)
        return request;
    free(request->reply);
    free(request);
    errno = ENOMEM;
    return NULL;
}

/* Wait for a request. Returns whether nobody else is waiting for one now, or -1
   with errno set. */
static int receive(struct crew *crew, struct request *request)
{
    unsigned idle_others;
    ssize_t length;

    atomic_fetch_add(&crew->idle, 1);
    length =
        read(crew->session.fuse_fd, request->input.bytes, SESSION_INPUT_SIZE);
    idle_others = atomic_fetch_sub(&crew->idle, 1) - 1;
    if (length < 0)
        return -1;
    if ((size_t)length < sizeof(request->input.head)) {
        errno = EPROTO;
        return -1;
    }
    request->length = (size_t)length;
    request->input.bytes[length] = '\0';
    return idle_others == 0;
}

/* ENOENT: a request was withdrawn while we read it. */
static bool is_passing(int errnum)
{
    return errnum == EINTR || errnum == EAGAIN || errnum == ENOENT;
}

static void add_thread(struct crew *crew);

static void work(struct crew *crew, struct request *request)
{
    bool is_read;
    int is_last;

    for (;;) {
        is_last = receive(crew, request);
        if (is_last < 0 && is_passing(errno))
            continue;
        if (is_last < 0)
            break;
        is_read = request->input.head.opcode == FUSE_READ;
        request_answer(request);
        /* Whoever waits for the answer does not wait for this, too. */
        if (is_last && is_read)
            add_thread(crew);
    }
    if (errno != ENODEV) /* that is an unmount */
        atomic_store(&crew->errnum, errno);
}

/* --- all threads -----------------------------------------------------------
 */

static void *run_thread(void *context)
{
    struct crew *crew = context;
    struct request *request = request_make(crew);

    if (!request)
        return NULL; /* the others go on */
    work(crew, request);
    request_free(request);
    return NULL;
}

static unsigned count_max(const struct crew *crew)
{
    unsigned threads_max = crew->session.image->threads_max;

    return threads_max ? threads_max : cpus_allowed();
}

/* Under the mutex. Where the system gives no more, there are fewer. */
static void start_thread(struct crew *crew)
{
    pthread_attr_t attributes;
    pthread_t *threads =
        reallocarray(crew->threads, crew->count, sizeof(*threads));

    if (!threads)
        return;
    crew->threads = threads;
    if (pthread_attr_init(&attributes) != 0)
        return;
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE); /* is valid */
    if (pthread_create(&threads[crew->count - 1], &attributes, run_thread,
                       crew) == 0)
        crew->count++;
    (void)pthread_attr_destroy(&attributes); /* cannot fail */
}

/* Does nothing where there are enough. */
static void add_thread(struct crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    if (crew->count < count_max(crew))
        start_thread(crew);
    pthread_mutex_unlock(&crew->mutex);
}

/* They have met the same end as the first. */
static void join_threads(struct crew *crew)
{
    pthread_t thread;
    bool is_last;

    for (unsigned joined = 1;; joined++) {
        pthread_mutex_lock(&crew->mutex);
        is_last = joined == crew->count;
        if (!is_last)
            thread = crew->threads[joined - 1];
        pthread_mutex_unlock(&crew->mutex);
        if (is_last)
            return;
        (void)pthread_join(thread, NULL); /* is ours */
    }
}

static size_t choose_read_size(void)
{
    size_t size = PAGES_OF_OLD_KERNELS * (size_t)sysconf(_SC_PAGESIZE);

    return size > SESSION_READ_SIZE ? size : SESSION_READ_SIZE;
}

static int crew_run(struct crew *crew, void (*ready)(void *context),
                    void *context, struct ch_error *err)
{
    struct request *request = request_make(crew);
    int errnum;

    if (!request)
        return ch_error_set(err, errno, "cannot serve the image");
    prefetch_start(&crew->session.image->prefetch);
    ready(context); /* requests wait in the kernel from now on */
    work(crew, request);
    join_threads(crew);
    crew->session.image->statistics.threads = crew->count;
    request_free(request);
    errnum = atomic_load(&crew->errnum);
    if (errnum)
        return ch_error_set(err, errnum, "cannot go on serving the image");
    return 0;
}

int session_run(struct squashfs_image *image, int fuse_fd,
                void (*ready)(void *context), void *context,
                struct ch_error *err)
{
    struct crew crew = {
        .session = {.image = image, .fuse_fd = fuse_fd},
        .read_size = choose_read_size(),
        .count = 1,
    };
    int status;

    (void)pthread_mutex_init(&crew.mutex, NULL); /* cannot fail */
    status = crew_run(&crew, ready, context, err);
    (void)pthread_mutex_destroy(&crew.mutex); /* not locked */
    free(crew.threads);
    return status;
}
