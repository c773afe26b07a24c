#include "config.h"

#include "run/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "run/squash.h"

int record_file_open(struct plan *plan, struct ch_error *err)
{
    const char *reason;

    if (!plan->record)
        return 0;
    if (!squash_is_available(&reason))
        return ch_error_set(err, 0,
                            "cannot record what is read of image \"%s\": %s",
                            plan->image_path, reason);
    plan->record_fd =
        open(plan->record, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC,
             0666);
    if (plan->record_fd < 0)
        return ch_error_set(err, errno, "cannot write \"%s\"", plan->record);
    return 0;
}

void record_file_begin(const struct plan *plan)
{
    if (plan->record_fd >= 0)
        (void)!ftruncate(plan->record_fd, 0); /* fails where it is no regular
                                                 file: nothing is there then */
}

/* A name with a newline cannot stand in a line. When the disk is full, the
   command goes on all the same. */
void record_file_add(const struct plan *plan, const char *path)
{
    const struct iovec line[] = {{(void *)path, strlen(path)},
                                 {(void *)"\n", 1}};

    if (!strchr(path, '\n'))
        (void)!writev(plan->record_fd, line, 2);
}
