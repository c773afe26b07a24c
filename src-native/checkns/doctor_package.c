/* What is installed: this package, and what it needs of FUSE. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkns/doctor_facts.h"
#include "core/cleanup.h"

int doctor_package(struct buffer *report)
{
    return buffer_printf(report, "Charliecloud: %s\nbuild: %s\n",
                         PACKAGE_VERSION, BUILD_OPTIONS);
}

static int add_mode(struct buffer *report, const char *label, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return buffer_printf(report, "%s: %s\n", label, strerror(errno));
    return buffer_printf(report, "%s: mode %04o, uid %u, gid %u\n", path,
                         st.st_mode & 07777, st.st_uid, st.st_gid);
}

/* Where a program is; heap, NULL: nowhere in $PATH. */
static char *find_program(const char *name)
{
    const char *path = getenv("PATH");

    for (const char *end; path; path = *end ? end + 1 : NULL) {
        char *file;

        end = strchrnul(path, ':');
        if (asprintf(&file, "%.*s/%s", (int)(end - path), path, name) < 0)
            return NULL;
        if (access(file, X_OK) == 0)
            return file;
        free(file);
    }
    return NULL;
}

/* ch-run needs none of them, but other programs do. */
int doctor_fuse(struct buffer *report)
{
    static const char *const PROGRAMS[] = {"fusermount3", "mksquashfs",
                                           "unsquashfs", "ch-run"};

    if (add_mode(report, "/dev/fuse", "/dev/fuse") < 0)
        return -1;
    for (size_t i = 0; i < sizeof(PROGRAMS) / sizeof(PROGRAMS[0]); i++) {
        CLEANUP_FREE char *file = find_program(PROGRAMS[i]);

        if (file ? add_mode(report, PROGRAMS[i], file) < 0
                 : buffer_printf(report, "%s: not in $PATH\n", PROGRAMS[i]) < 0)
            return -1;
    }
    return 0;
}

/* What schedulers and launchers of parallel programs tell theirs. */
static const char *const PREFIXES[] = {
    "SLURM_", "PMI",   "OMPI_",      "PRTE_",      "MPI_", "MPICH_",
    "HYDRA_", "PBS_",  "LSB_",       "FLUX_",      "FI_",  "UCX_",
    "CH_",    "CUDA_", "NVIDIA_VIS", "XDG_RUNTIME"};

static int has_prefix(const char *item)
{
    for (size_t i = 0; i < sizeof(PREFIXES) / sizeof(PREFIXES[0]); i++)
        if (!strncmp(item, PREFIXES[i], strlen(PREFIXES[i])))
            return 1;
    return 0;
}

/* Values may be secrets. */
int doctor_environment(struct buffer *report)
{
    if (buffer_printf(report, "environment variables that are set:") < 0)
        return -1;
    for (char **item = environ; item && *item; item++)
        if (has_prefix(*item) &&
            buffer_printf(report, " %.*s", (int)strcspn(*item, "="), *item) < 0)
            return -1;
    return buffer_printf(report, "\n");
}
