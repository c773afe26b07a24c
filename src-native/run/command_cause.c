/* execve(2) says in one errno value what may be wrong with three files: the
   program, the interpreter that a script names in its first line, and the
   dynamic loader that an ELF program names in its headers. So they are looked
   at, in the order in which the kernel does. */

#include "config.h"

#include "run/command_cause.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/cause.h"
#include "core/cleanup.h"
#include "run/program_file.h"

#define USER  "you can fix it: "
#define ADMIN "the administrator can fix it: "

/* How many interpreters of interpreters the kernel follows. */
#define DEPTH_MAX 5

/* --- what the file is ------------------------------------------------------
 */

/* Returns whether that was it. */
static bool explain_absence(const char *file, struct ch_error *err)
{
    char target[256]; /* for a message; a longer one is cut */
    ssize_t length;

    if (access(file, F_OK) == 0)
        return false;
    length = readlink(file, target, sizeof(target) - 1);
    if (length >= 0) {
        target[length] = '\0';
        ch_error_cause(err,
                       "it is a symbolic link to \"%s\", which is not in the "
                       "container",
                       target);
        ch_error_hint(err, USER "bind what it leads to with --bind, or add it "
                                "to the image");
    } else if (errno == EACCES) {
        ch_error_cause(err, "a directory of its path may not be searched by "
                            "you");
        ch_error_hint(err, USER "in the image, chmod a+x the directory");
    }
    return true;
}

static bool explain_kind(mode_t mode, struct ch_error *err)
{
    if (S_ISREG(mode))
        return false;
    ch_error_cause(err, S_ISDIR(mode) ? "it is a directory"
                                      : "it is not a regular file");
    return true;
}

static bool explain_mount(const char *file, struct ch_error *err)
{
    struct statvfs status;

    if (statvfs(file, &status) < 0 || !(status.f_flag & ST_NOEXEC))
        return false;
    ch_error_cause(err, "it is on a file system that is mounted noexec");
    ch_error_hint(err, USER "move the image, or what is bound there, to "
                            "another file system; or the administrator: "
                            "mount -o remount,exec");
    return true;
}

static bool explain_mode(const char *file, const struct stat *st,
                         struct ch_error *err)
{
    if (access(file, X_OK) == 0)
        return false;
    if (!(st->st_mode & 0111))
        ch_error_cause(err, "it has no permission to be executed");
    else
        ch_error_cause(err, "you may not execute it: its mode is %03o",
                       st->st_mode & 0777U);
    ch_error_hint(err, USER "chmod a+rx of the file, in the image");
    return true;
}

/* --- what is in it ---------------------------------------------------------
 */

static bool explain_at(const char *file, int depth, struct ch_error *err);

static int hint_interpreter(const struct program_file *program,
                            struct ch_error *err)
{
    if (program->kind == PROGRAM_SCRIPT)
        return ch_error_hint(err, USER "add it to the image, or name another "
                                       "one after #!");
    return ch_error_hint(err, USER "add the C library that the program was "
                                   "built for to the image, or link the "
                                   "program statically");
}

/* The same troubles of what the program needs, if it has any. */
static bool explain_nested(const char *what, const char *path, int depth,
                           struct ch_error *err)
{
    struct ch_error nested = CH_ERROR_INIT;
    bool is_known;

    ch_error_set(&nested, 0, "its %s \"%s\"", what, path);
    nested.errnum = err->errnum;
    is_known = explain_at(path, depth + 1, &nested);
    if (is_known) {
        ch_error_cause(err, "%s", ch_error_text(&nested));
        if (nested.hint)
            ch_error_hint(err, "%s", nested.hint);
    }
    ch_error_clear(&nested);
    return is_known;
}

/* "its interpreter" is there or not, and then has the same troubles. */
static bool explain_interpreter(const struct program_file *program, int depth,
                                struct ch_error *err)
{
    const char *what =
        program->kind == PROGRAM_SCRIPT ? "interpreter" : "dynamic loader";
    const char *path = program->interpreter;

    if (!path || depth >= DEPTH_MAX)
        return false;
    if (access(path, F_OK) < 0) {
        ch_error_cause(err, "its %s \"%s\" is not in the container", what,
                       path);
        hint_interpreter(program, err);
        return true;
    }
    if (err->errnum != ENOENT && err->errnum != EACCES &&
        err->errnum != ENOEXEC && err->errnum != ELIBBAD)
        return false;
    return explain_nested(what, path, depth, err);
}

static bool explain_script(const struct program_file *program, int depth,
                           struct ch_error *err)
{
    if (program->has_carriage_return) {
        ch_error_cause(err, "its first line ends in a carriage return, which "
                            "the kernel takes for a part of the interpreter's "
                            "name");
        ch_error_hint(err, USER "give it Unix line ends: sed -i 's/\\r$//' "
                                "FILE");
        return true;
    }
    return explain_interpreter(program, depth, err);
}

static bool explain_elf(const struct program_file *program, int depth,
                        struct ch_error *err)
{
    const struct program_machine own = program_machine_own();

    if (program_machine_differs(&program->machine, &own)) {
        ch_error_cause(err, "it is a program for %s, and this machine is %s",
                       program->machine.name, own.name);
        ch_error_hint(err,
                      USER "take an image that was made for %s; or the "
                           "administrator: install the emulator of QEMU "
                           "(qemu-user-static) and register it with the "
                           "kernel (binfmt_misc)",
                      own.name);
        return true;
    }
    if (explain_interpreter(program, depth, err))
        return true;
    if (err->errnum != ENOEXEC)
        return false;
    ch_error_cause(err, "it is for this machine, but cut off or damaged");
    return true;
}

/* Neither ELF nor #!. */
static bool explain_format(const struct program_file *program,
                           struct ch_error *err)
{
    if (err->errnum != ENOEXEC)
        return false;
    if (program->kind == PROGRAM_EMPTY)
        ch_error_cause(err, "it is empty");
    else if (program->kind == PROGRAM_TEXT)
        ch_error_cause(err, "it is a text without a first line that begins "
                            "with #!");
    else
        ch_error_cause(err, "it is neither an ELF program nor a script");
    if (program->kind == PROGRAM_TEXT)
        ch_error_hint(err, USER "put #!/bin/sh, or what it is for, on its "
                                "first line");
    return true;
}

static bool explain_content(const char *file, int depth, struct ch_error *err)
{
    CLEANUP_PROGRAM_FILE struct program_file program = {0};

    if (program_file_read(file, &program) < 0)
        return false;
    switch (program.kind) {
    case PROGRAM_SCRIPT:
        return explain_script(&program, depth, err);
    case PROGRAM_ELF:
        return explain_elf(&program, depth, err);
    default:
        return explain_format(&program, err);
    }
}

static bool explain_at(const char *file, int depth, struct ch_error *err)
{
    struct stat st;

    if (explain_absence(file, err))
        return true;
    if (stat(file, &st) < 0)
        return false;
    if (err->errnum == EACCES &&
        (explain_kind(st.st_mode, err) || explain_mount(file, err) ||
         explain_mode(file, &st, err)))
        return true;
    return explain_content(file, depth, err);
}

/* --- what is not in the files ----------------------------------------------
 */

static const struct cause CAUSES_EXEC[] = {
    {.errnums = {E2BIG},
     .text = "its arguments and environment are too long",
     .remedy = USER "leave out what is not needed (--unset-env), or raise "
                    "ulimit -s; one word or variable may have 128 KiB"},
    {.errnums = {ETXTBSY},
     .text = "some process has it open for writing",
     .remedy = USER "wait for that process, or end it"},
    {.errnums = {EIO},
     .text = "it cannot be read: the image or its file system is damaged",
     .remedy = USER "make the image anew; the kernel's log may say more"},
    CAUSE_NEXT(CAUSES_PROCESS),
};

int command_explain(const char *file, struct ch_error *err)
{
    /* EPERM: it was not even looked at. */
    if (err->errnum == EPERM || !explain_at(file, 0, err))
        (void)cause_explain(CAUSES_EXEC, err); /* or is as it was */
    return -1;
}
