/* /proc/self/mountinfo, line by line: proc_pid_mountinfo(5). */

#ifndef CH_MOUNTINFO_H
#define CH_MOUNTINFO_H

#include <stdbool.h>

/* The strings are part of the text. */
struct mountinfo {
    long id, parent;
    char *root; /* what of the file system is mounted */
    char *at;   /* where */
    char *options;
    bool propagates; /* it has peers, or a master */
    char *type;
    char *source;
};

/* The text; heap, the caller frees. NULL with errno set. */
char *mountinfo_read(void);

/* Take the next line off the text, which may be NULL. False at its end. */
bool mountinfo_next(char **text, struct mountinfo *line);

/* Whether `word` is one of those that commas separate. */
bool mountinfo_has_option(const struct mountinfo *line, const char *word);

#endif
