#include "config.h"

#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/file.h"
#include "core/tree_delete.h"

#define READ_LIMIT ((size_t)1 << 30)

static char folder[PATH_MAX];

_Noreturn void give_up(const char *action, const char *subject)
{
    printf("Bail out! cannot %s \"%s\": %s\n", action, subject,
           strerror(errno));
    exit(EXIT_FAILURE);
}

void scratch_enter(void)
{
    const char *parent = getenv("TMPDIR");

    (void)snprintf(folder, sizeof(folder), "%s/ch-test.XXXXXX",
                   parent ? parent : "/tmp");
    if (!mkdtemp(folder) || chdir(folder) < 0)
        give_up("make folder", folder);
    umask(022);
}

void scratch_leave(void)
{
    struct ch_error err = CH_ERROR_INIT;

    if (chdir("/") < 0 || tree_delete(AT_FDCWD, folder, &err) < 0)
        give_up("delete folder", folder);
}

void make_bytes(const char *path, const void *data, size_t length)
{
    CLEANUP_CLOSE int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || file_write_all(fd, data, length) < 0)
        give_up("write", path);
}

void make_file(const char *path, const char *content)
{
    make_bytes(path, content, strlen(content));
}

void make_directory(const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);
    char *slash;

    if (!copy)
        give_up("copy", path);
    for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            give_up("make directory", copy);
        *slash = '/';
    }
    if (mkdir(copy, 0755) < 0 && errno != EEXIST)
        give_up("make directory", copy);
}

void make_symlink(const char *target, const char *path)
{
    if (symlink(target, path) < 0)
        give_up("make symlink", path);
}

char *read_text(const char *path, size_t *length)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? NULL : file_read_all(fd, READ_LIMIT, length);
}

bool has_content(const char *path, const char *content)
{
    size_t length = 0;
    CLEANUP_FREE char *text = read_text(path, &length);

    return text && length == strlen(content) && !memcmp(text, content, length);
}

bool look_at(const char *path, struct stat *st)
{
    *st = (struct stat){0};
    return !lstat(path, st);
}

bool exists(const char *path)
{
    struct stat st;

    return look_at(path, &st);
}

bool is_symlink_to(const char *path, const char *target)
{
    char found[PATH_MAX] = "";

    return readlink(path, found, sizeof(found) - 1) > 0 &&
           !strcmp(found, target);
}

int open_descriptors(void)
{
    CLEANUP_CLOSEDIR DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    if (!dir)
        give_up("read", "/proc/self/fd");
    while (readdir(dir))
        count++;
    return count - 3; /* ".", "..", and the directory's own */
}

static _Noreturn void exec_program(const char *const *argv, const char *output)
{
    int fd = output ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;

    if (fd >= 0 && (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0))
        _exit(126);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

int run_program(const char *const *argv, const char *output)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid < 0)
        give_up("start", argv[0]);
    if (pid == 0)
        exec_program(argv, output);
    if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status);
}

bool have_program(const char *name)
{
    const char *const argv[] = {"sh", "-c", "command -v \"$0\"", name, NULL};

    return run_program(argv, "/dev/null") == 0;
}
