/* Ownership by scope: a variable declared with one of these attributes is
   released when it leaves its block, on every path out of it.

   Take ownership away with take_fd() or take_ptr(), which leave the variable
   empty. */

#ifndef CH_CLEANUP_H
#define CH_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
    free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* read-only or already reported */
}

static inline void cleanup_closedir(DIR **dir)
{
    if (*dir)
        (void)closedir(*dir); /* opened for reading only */
}

static inline void cleanup_fclose(FILE **file)
{
    if (*file)
        (void)fclose(*file); /* writers close and check themselves */
}

#define CLEANUP_FREE     __attribute__((cleanup(cleanup_free)))
#define CLEANUP_CLOSE    __attribute__((cleanup(cleanup_close)))
#define CLEANUP_CLOSEDIR __attribute__((cleanup(cleanup_closedir)))
#define CLEANUP_FCLOSE   __attribute__((cleanup(cleanup_fclose)))

static inline int take_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

#define take_ptr(p)                                                            \
    ({                                                                         \
        __typeof__(p) taken_ = (p);                                            \
        (p) = NULL;                                                            \
        taken_;                                                                \
    })

#endif
