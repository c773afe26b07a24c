/* The image's ldconfig and not the host's: the format of the cache is a matter
   between it and the image's dynamic linker. It has the rights of the user who
   started us and no more, like everything in the container. */

#include "config.h"

#include "run/ldcache.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/array.h"
#include "core/buffer.h"
#include "core/cleanup.h"
#include "run/cdi.h"

#define LDCONFIG "/sbin/ldconfig"

/* Where CUDA images keep a newer libcuda for older drivers. */
#define COMPATIBLE_FOLDER  "/usr/local/cuda/compat"
#define COMPATIBLE_LIBRARY COMPATIBLE_FOLDER "/libcuda.so."

/* Status of our child if it cannot even start ldconfig. */
#define STATUS_NO_PROGRAM 127

/* --- which directories ------------------------------------------------------
 */

/* The greatest major version of the libraries there; 0: there is none. */
static unsigned long compatible_version(void)
{
    unsigned long version = 0;
    glob_t found;

    if (glob(COMPATIBLE_LIBRARY "*.*", 0, NULL, &found) != 0)
        return 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *number = found.gl_pathv[i] + strlen(COMPATIBLE_LIBRARY);
        unsigned long major = strtoul(number, NULL, 10);

        version = major > version ? major : version;
    }
    globfree(&found);
    return version;
}

/* The image's libraries are better if they are newer than the driver's. */
static bool wants_compatibility(const struct cdi_change *change)
{
    CLEANUP_FREE char *driver = strndup(change->target, change->target_length);

    return driver && compatible_version() > strtoul(driver, NULL, 10);
}

static int add_word(const char ***words, size_t *count, const char *word)
{
    const char **added;

    for (size_t i = 0; word && i < *count; i++)
        if (!strcmp((*words)[i], word))
            return 0;
    added = array_append(words, count, sizeof(*added));
    if (!added)
        return -1;
    *added = word;
    return 0;
}

static int add_folders(const struct cdi_edits *edits, const char ***words,
                       size_t *count)
{
    /* The first directory wins. */
    for (size_t i = 0; i < edits->change_count; i++)
        if (edits->changes[i].kind == CDI_COMPATIBILITY &&
            wants_compatibility(&edits->changes[i]) &&
            add_word(words, count, COMPATIBLE_FOLDER) < 0)
            return -1;
    for (size_t i = 0; i < edits->change_count; i++)
        if (edits->changes[i].kind == CDI_LIBRARIES &&
            add_word(words, count, edits->changes[i].path) < 0)
            return -1;
    return 0;
}

/* --- ldconfig ---------------------------------------------------------------
 */

static void exec_ldconfig(const char **words, int output_fd, pid_t parent)
{
    static char *const ENVIRONMENT[] = {
        (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C", NULL};
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
        null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 &&
        dup2(output_fd, STDOUT_FILENO) >= 0 &&
        dup2(output_fd, STDERR_FILENO) >= 0)
        (void)execve(LDCONFIG, (char **)words, ENVIRONMENT); /* or it failed */
    _exit(STATUS_NO_PROGRAM);
}

/* To the end, keeping the beginning. */
static void read_output(int fd, char *output, size_t size)
{
    char rest[512];
    size_t used = 0;
    ssize_t count;

    do {
        count = read(fd, rest, sizeof(rest));
        for (ssize_t i = 0; i < count && used < size - 1; i++)
            output[used++] = rest[i];
    } while (count > 0 || (count < 0 && errno == EINTR));
    output[used] = '\0';
}

static int judge(const struct plan *plan, int status, char *output,
                 struct ch_error *err)
{
    char *next = output;
    const char *first = strsep(&next, "\n");

    if (WIFSIGNALED(status))
        return ch_error_set(err, 0, "ldconfig was ended by signal %d",
                            WTERMSIG(status));
    if (WEXITSTATUS(status) == STATUS_NO_PROGRAM)
        return ch_error_set(err, 0,
                            "cannot run \"" LDCONFIG "\": it, or its "
                            "interpreter, is not one for this machine");
    if (WEXITSTATUS(status) != 0)
        return ch_error_set(err, 0, "%s",
                            *first ? first : "ldconfig gives no reason");
    if (*first)
        log_info(&plan->log, "ldconfig: %s", first);
    return 0;
}

static int run_ldconfig(const struct plan *plan, const char **words,
                        struct ch_error *err)
{
    char output[4096]; /* the first complaint is what is shown */
    int pipe_fds[2], status;
    pid_t parent = getpid();
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return ch_error_set(err, errno, "cannot start ldconfig");
    pid = fork();
    if (pid == 0)
        exec_ldconfig(words, pipe_fds[1], parent);
    (void)close(pipe_fds[1]); /* the child's */
    if (pid > 0)
        read_output(pipe_fds[0], output, sizeof(output));
    (void)close(pipe_fds[0]); /* all was read, or nobody writes */
    if (pid < 0)
        return ch_error_set(err, errno, "cannot start ldconfig");
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return ch_error_set(err, errno, "cannot wait for ldconfig");
    return judge(plan, status, output, err);
}

static int update(const struct plan *plan, const char **words,
                  struct ch_error *err)
{
    /* Where our caller ignores SIGCHLD, nobody could wait for a child. */
    void (*inherited)(int) = signal(SIGCHLD, SIG_DFL);
    int result = run_ldconfig(plan, words, err);

    (void)signal(SIGCHLD, inherited); /* the number is right */
    if (result == 0)
        return 0;
    return ch_error_wrap(err,
                         "cannot make the cache of libraries of image \"%s\"",
                         plan->image_path);
}

static void warn_of_absence(const struct plan *plan, const char **folders)
{
    log_warning(&plan->log,
                "image \"%s\" has no " LDCONFIG
                ": a library in \"%s\" is found "
                "only if the image's programs look there; --set-env="
                "LD_LIBRARY_PATH=%s can help",
                plan->image_path, folders[0], folders[0]);
}

int ldcache_update(const struct plan *plan, struct ch_error *err)
{
    CLEANUP_FREE const char **words = NULL;
    size_t count = 0;

    if (add_word(&words, &count, "ldconfig") < 0 ||
        add_folders(&plan->cdi->edits, &words, &count) < 0 ||
        add_word(&words, &count, NULL) < 0)
        return ch_error_set(err, errno, "cannot start ldconfig");
    if (count == 2)
        return 0;
    if (access(LDCONFIG, X_OK) < 0) {
        warn_of_absence(plan, words + 1);
        return 0;
    }
    return update(plan, words, err);
}
