#include "config.h"

#include "run/command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "run/command_cause.h"

#define DEFAULT_PATH "/bin:/usr/bin"

static char *join(const char *folder, size_t length, const char *name)
{
    char *file;

    if (asprintf(&file, "%.*s%s%s", (int)length, folder, length ? "/" : "",
                 name) < 0)
        return NULL;
    return file;
}

static bool is_program(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
           access(file, X_OK) == 0;
}

char *command_find(char **command)
{
    const char *path = getenv("PATH");

    if (strchr(command[0], '/'))
        return is_program(command[0]) ? strdup(command[0]) : NULL;
    if (!*command[0])
        return NULL;
    path = path ? path : DEFAULT_PATH;
    for (const char *end; path; path = *end ? end + 1 : NULL) {
        char *file;

        end = strchrnul(path, ':');
        file = join(path, (size_t)(end - path), command[0]);
        if (!file || is_program(file))
            return file;
        free(file);
    }
    return NULL;
}

/* What became of the search. */
struct attempt {
    char *file; /* heap; there, and could not be run; NULL: none is */
    int errnum;
};

static void attempt_release(struct attempt *attempt)
{
    free(attempt->file);
}

#define CLEANUP_ATTEMPT __attribute__((cleanup(attempt_release)))

/* A file of that name, be it a link to nowhere, is what the user must hear of,
   and not its absence. */
static bool is_there(const char *file)
{
    int saved_errno = errno;
    struct stat st;
    bool there = lstat(file, &st) == 0;

    errno = saved_errno;
    return there;
}

/* Try `file`, which is taken over. Returns whether the search goes on: as in
   execvp(3), it ends at an error that says more than "not this one". */
static bool try_file(char *file, char **command, struct attempt *attempt)
{
    bool goes_on;

    (void)execv(file, command); /* returns only if it failed */
    goes_on = errno == EACCES || errno == ENOENT || errno == ENOTDIR;
    if (goes_on && (attempt->file || !is_there(file))) {
        free(file);
        return true;
    }
    free(attempt->file);
    attempt->file = file;
    attempt->errnum = errno;
    return goes_on;
}

/* An empty directory in `path` is where we are. */
static void exec_in_path(const char *path, char **command,
                         struct attempt *attempt)
{
    for (const char *end; path; path = *end ? end + 1 : NULL) {
        char *file;

        end = strchrnul(path, ':');
        file = join(path, (size_t)(end - path), command[0]);
        if (!file) {
            attempt->errnum = ENOMEM;
            return;
        }
        if (!try_file(file, command, attempt))
            return;
    }
}

static void exec_search(char **command, struct attempt *attempt)
{
    const char *path = getenv("PATH");

    if (strchr(command[0], '/')) {
        (void)execv(command[0], command); /* the same */
        attempt->errnum = errno;
        attempt->file = strdup(command[0]);
    } else if (*command[0]) {
        exec_in_path(path ? path : DEFAULT_PATH, command, attempt);
    }
}

int command_exec(const char *image_path, char **command, struct ch_error *err)
{
    CLEANUP_ATTEMPT struct attempt attempt = {.errnum = ENOENT};
    const char *path = getenv("PATH");

    exec_search(command, &attempt);
    ch_error_set(err, attempt.errnum, "cannot run \"%s\" in image \"%s\"",
                 command[0], image_path);
    if (attempt.file)
        return command_explain(attempt.file, err);
    return ch_error_hint(err,
                         "no directory of $PATH in the container has it; "
                         "$PATH is \"%s\"",
                         path ? path : "");
}
