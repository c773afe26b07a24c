/* A folder of its own for each test program, and small ways to fill it and to
   look into it. What a test cannot do without ends the program. */

#ifndef CH_SCRATCH_H
#define CH_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Make a folder in $TMPDIR and go there. */
void scratch_enter(void);

/* Go away and delete it. */
void scratch_leave(void);

/* Make a file with this content, a directory (parents too), a symlink. */
void make_file(const char *path, const char *content);
void make_bytes(const char *path, const void *data, size_t length);
void make_directory(const char *path);
void make_symlink(const char *target, const char *path);

/* The whole file, NUL-terminated, in heap memory; NULL if it cannot be read. */
char *read_text(const char *path, size_t *length);

/* Whether the file has exactly this content. */
bool has_content(const char *path, const char *content);

/* lstat(2); `*st` is all zeros where there is nothing. */
bool look_at(const char *path, struct stat *st);
bool exists(const char *path);
bool is_symlink_to(const char *path, const char *target);

/* How many descriptors this process has open. */
int open_descriptors(void);

/* Run a program found in PATH and wait; its output goes to the file `output`,
   or to ours if that is NULL. Returns its exit status, -1 if it cannot be
   started. */
int run_program(const char *const *argv, const char *output);

/* Whether a program is in PATH. */
bool have_program(const char *name);

/* Say what is missing and end the program. */
_Noreturn void give_up(const char *action, const char *subject);

#endif
