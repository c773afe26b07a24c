/* Run a command as the leader of a session on a new terminal, wait for a text
   in its output, and then do what a user does: type keys, or close the window.

     on-terminal TEXT KEYS [TEXT KEYS]... -- COMMAND [ARG...]

   KEYS may hold ^C, ^Z, ^\ and \n, written like this; "hangup" closes the
   terminal, "resize" makes it 50 lines of 132 columns. What the terminal shows
   is printed. The exit status is the command's, or 128 and the number of the
   signal that ended it. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOWN_MAX (1 << 20) /* of what the terminal shows */
#define LIMIT_MS  20000     /* without a word from the command */

static void fail(const char *action)
{
    perror(action);
    exit(99);
}

static int open_terminal(void)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0)
        fail("cannot open a terminal");
    return fd;
}

static pid_t start(int terminal_fd, char **command)
{
    pid_t pid = fork();
    int fd;

    if (pid < 0)
        fail("cannot fork");
    if (pid > 0)
        return pid;
    /* The first terminal that the leader of a session opens is its own. */
    fd = setsid() < 0 ? -1 : open(ptsname(terminal_fd), O_RDWR);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || dup2(fd, 0) < 0 ||
        dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        fail("cannot use the terminal");
    if (fd > 2)
        (void)close(fd); /* a copy */
    execvp(command[0], command);
    fail(command[0]);
    return -1;
}

/* "^C" is one key, and so is "\n". */
static char next_key(const char **keys)
{
    char key = *(*keys)++;

    if (key == '^' && **keys)
        return *(*keys)++ & 0x1f;
    if (key == '\\' && **keys == 'n') {
        (*keys)++;
        return '\n';
    }
    return key;
}

/* Returns the terminal, or -1 if it has been closed. */
static int act(int terminal_fd, const char *keys)
{
    if (!strcmp(keys, "hangup")) {
        (void)close(terminal_fd); /* that is the act */
        return -1;
    }
    if (!strcmp(keys, "resize")) {
        const struct winsize size = {.ws_row = 50, .ws_col = 132};

        if (ioctl(terminal_fd, TIOCSWINSZ, &size) < 0)
            fail("cannot resize");
        return terminal_fd;
    }
    while (*keys) {
        char key = next_key(&keys);

        if (write(terminal_fd, &key, 1) != 1)
            fail("cannot type");
    }
    return terminal_fd;
}

/* Read more of what is shown. False at the end: the command's side is closed.
 */
static bool read_more(int terminal_fd, char *shown, size_t *length)
{
    struct pollfd ready = {.fd = terminal_fd, .events = POLLIN};
    ssize_t count;

    if (poll(&ready, 1, LIMIT_MS) <= 0 || *length == SHOWN_MAX)
        return false;
    count = read(terminal_fd, shown + *length, SHOWN_MAX - *length);
    if (count <= 0)
        return false; /* EIO is how a terminal ends */
    *length += count;
    shown[*length] = '\0';
    return true;
}

/* Each pair in `acts`: wait for the text, after the last one, then act. */
static void play(int terminal_fd, char **acts)
{
    static char shown[SHOWN_MAX + 1];
    size_t length = 0;
    const char *from = shown;

    while (terminal_fd >= 0 && read_more(terminal_fd, shown, &length)) {
        const char *found;

        while (terminal_fd >= 0 && strcmp(acts[0], "--") &&
               (found = strstr(from, acts[0]))) {
            from = found + strlen(acts[0]);
            terminal_fd = act(terminal_fd, acts[1]);
            acts += 2;
        }
    }
    if (terminal_fd >= 0)
        (void)close(terminal_fd); /* as a window does in the end */
    fputs(shown, stdout);
}

int main(int argc, char **argv)
{
    int terminal_fd, status, command = 1;
    pid_t pid;

    while (command < argc && strcmp(argv[command], "--"))
        command += 2;
    if (command + 1 >= argc)
        return 64;
    terminal_fd = open_terminal();
    pid = start(terminal_fd, argv + command + 1);
    play(terminal_fd, argv + 1);
    if (waitpid(pid, &status, 0) < 0)
        fail("cannot wait");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
