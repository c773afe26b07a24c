#include "config.h"

#include "run/image_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/file.h"
#include "core/json.h"

#define FOLDER "/ch"

/* Either file is read into memory whole. */
#define FILE_LIMIT (16 << 20)

static bool is_missing(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR;
}

/* A file of the image; `*text` stays NULL if it is not there. What is no file
   could keep us waiting for ever. */
static int read_text(int folder_fd, const char *path, char **text,
                     size_t *length, struct ch_error *err)
{
    CLEANUP_CLOSE int fd = openat(folder_fd, strrchr(path, '/') + 1,
                                  O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && is_missing(errno))
        return 0;
    if (fd >= 0 && fstat(fd, &st) == 0) {
        errno = EINVAL;
        if (S_ISREG(st.st_mode))
            *text = file_read_all(fd, FILE_LIMIT, length);
    }
    if (!*text)
        return ch_error_set(err, errno, "cannot read \"%s\" in the image",
                            path);
    return 0;
}

static int refuse_kind(const char *name, const char *wanted,
                       struct ch_error *err)
{
    return ch_error_set(err, 0, "\"%s\" is not %s", name, wanted);
}

static bool is_absent(const struct json *json)
{
    return !json || json->kind == JSON_NULL;
}

/* A list of strings; an empty one says nothing. */
static int take_list(const struct json *config, const char *name, char ***list,
                     struct ch_error *err)
{
    const struct json *json = json_member(config, name);
    size_t count = 0;
    char **items;

    if (is_absent(json))
        return 0;
    if (json->kind != JSON_ARRAY)
        return refuse_kind(name, "a list of strings", err);
    for (const struct json *item = json->first; item; item = item->next) {
        if (item->kind != JSON_STRING)
            return refuse_kind(name, "a list of strings", err);
        count++;
    }
    if (!count)
        return 0;
    items = calloc(count + 1, sizeof(*items));
    if (!items)
        return ch_error_set(err, errno, "cannot note \"%s\"", name);
    *list = items;
    for (const struct json *item = json->first; item; item = item->next) {
        *items = strdup(item->text);
        if (!*items++)
            return ch_error_set(err, errno, "cannot note \"%s\"", name);
    }
    return 0;
}

static int take_string(const struct json *config, const char *name,
                       char **string, struct ch_error *err)
{
    const struct json *json = json_member(config, name);

    if (is_absent(json))
        return 0;
    if (json->kind != JSON_STRING)
        return refuse_kind(name, "a string", err);
    if (!*json->text)
        return 0;
    *string = strdup(json->text);
    return *string ? 0 : ch_error_set(err, errno, "cannot note \"%s\"", name);
}

static int parse_metadata(const char *text, size_t length,
                          struct image_config *config, struct ch_error *err)
{
    CLEANUP_JSON struct json *json = json_parse(text, length, err);
    const struct json *said;

    if (!json)
        return -1;
    if (json->kind != JSON_OBJECT)
        return ch_error_set(err, 0, "not an object");
    said = json_member(json, "config");
    if (is_absent(said))
        return 0;
    if (said->kind != JSON_OBJECT)
        return refuse_kind("config", "an object", err);
    if (take_list(said, "Env", &config->variables, err) < 0 ||
        take_list(said, "Entrypoint", &config->entrypoint, err) < 0 ||
        take_list(said, "Cmd", &config->command, err) < 0)
        return -1;
    return take_string(said, "WorkingDir", &config->workdir, err);
}

static int load_metadata(const struct plan *plan, int folder_fd,
                         struct image_config *config, struct ch_error *err)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;

    if (read_text(folder_fd, IMAGE_METADATA, &text, &length, err) < 0)
        return -1;
    if (text && parse_metadata(text, length, config, err) < 0)
        return ch_error_wrap(err, "cannot use \"%s\" of image \"%s\"",
                             IMAGE_METADATA, plan->image_path);
    return 0;
}

int image_config_load(const struct plan *plan, struct image_config *config,
                      struct ch_error *err)
{
    CLEANUP_CLOSE int folder_fd =
        open(FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (folder_fd < 0)
        return is_missing(errno) ? 0
                                 : ch_error_set(err, errno,
                                                "cannot open \"%s\" in the "
                                                "image",
                                                FOLDER);
    if (load_metadata(plan, folder_fd, config, err) < 0)
        return -1;
    if (!plan->image_environment)
        return 0;
    return read_text(folder_fd, IMAGE_ENVIRONMENT, &config->environment,
                     &config->environment_length, err);
}

static void free_words(char **words)
{
    for (char **word = words; word && *word; word++)
        free(*word);
    free(words);
}

void image_config_release(struct image_config *config)
{
    free(config->environment);
    free_words(config->variables);
    free_words(config->entrypoint);
    free_words(config->command);
    free(config->workdir);
}

static size_t count_words(char **words)
{
    size_t count = 0;

    while (words && words[count])
        count++;
    return count;
}

char **image_config_command(const struct image_config *config, char **command)
{
    char **after = *command ? command : config->command;
    size_t first = count_words(config->entrypoint);
    size_t second = count_words(after);
    char **words;

    if (first + second == 0)
        return NULL;
    words = calloc(first + second + 1, sizeof(*words));
    if (!words)
        return NULL;
    if (first)
        memcpy(words, config->entrypoint, first * sizeof(*words));
    if (second)
        memcpy(words + first, after, second * sizeof(*words));
    return words;
}
