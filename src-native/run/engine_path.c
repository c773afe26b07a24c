#include "config.h"

#include "run/engine_path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *engine_path(const char *file, struct ch_error *err)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    char *path;

    if (length < 0) {
        ch_error_set(err, errno, "cannot find out where ch-run is installed");
        return NULL;
    }
    program[length] = '\0';
    *strrchr(program, '/') = '\0'; /* the link is an absolute path */
    /* PKGLIBDIR_FROM_BINDIR comes from the Makefile. */
    if (asprintf(&path, "%s/%s/%s", program, PKGLIBDIR_FROM_BINDIR, file) < 0) {
        ch_error_set(err, ENOMEM, "cannot find \"%s\"", file);
        return NULL;
    }
    return path;
}
