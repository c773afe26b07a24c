#include "config.h"

#include "run/engine_path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cause.h"

/* The directory of this program; `program` has PATH_MAX characters. */
static int find_program(char *program, struct ch_error *err)
{
    ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);

    if (length < 0) {
        ch_error_set(err, errno, "cannot find out where ch-run is installed");
        return cause_explain(CAUSES_PROC, err);
    }
    program[length] = '\0';
    *strrchr(program, '/') = '\0'; /* the link is an absolute path */
    return 0;
}

char *engine_path(const char *file, struct ch_error *err)
{
    /* PKGLIBDIR_FROM_BINDIR comes from the Makefile. */
    return engine_path_of(PKGLIBDIR_FROM_BINDIR, file, err);
}

char *engine_path_of(const char *relative, const char *file,
                     struct ch_error *err)
{
    char program[PATH_MAX];
    char *path;

    if (find_program(program, err) < 0)
        return NULL;
    /* No symbolic link is in the program's path. */
    while (!strncmp(relative, "../", 3) && *program) {
        relative += 3;
        *strrchr(program, '/') = '\0';
    }
    if (asprintf(&path, "%s/%s/%s", program, relative, file) < 0) {
        ch_error_set(err, ENOMEM, "cannot find \"%s\"", file);
        return NULL;
    }
    return path;
}
