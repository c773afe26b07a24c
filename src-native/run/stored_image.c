/* An image in storage is a small text file, img/NAME, that names the folders of
   layers/ that it consists of, the newest first (lib/store/record.ts). One is a
   directory like any other; several are laid over each other by overlayfs. */

#include "config.h"

#include "run/stored_image.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "run/storage.h"

#define HEADING "charliecloud image 1\n"
#define LAYER   "layer "

#define RECORD_SIZE 65536

static const char *without_prefix(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) ? text : text + length;
}

/* The reference without what is filled in anyway: Docker Hub is where images
   come from, and the best known of its folders is "library". */
static const char *short_reference(const char *reference)
{
    static const char *const hubs[] = {"docker.io", "index.docker.io",
                                       "registry-1.docker.io"};
    const char *name;

    for (size_t i = 0; i < sizeof(hubs) / sizeof(*hubs); i++) {
        name = without_prefix(reference, hubs[i]);
        if (name != reference && (*name == '/' || *name == '%')) {
            reference = name + 1;
            break;
        }
    }
    name = without_prefix(reference, "library/");
    if (name == reference)
        name = without_prefix(reference, "library%");
    return strpbrk(name, "/%") ? reference : name;
}

/* The file that a reference leads to: "a/b" is "a%b+latest". Heap. */
static char *record_name(const char *reference)
{
    const char *brief = short_reference(reference);
    const char *last;
    char *name;

    if (asprintf(&name, "%s+latest", brief) < 0)
        return NULL;
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '%';
        else if (*c == ':')
            *c = '+';
    last = strrchr(name, '%');
    last = last ? last + 1 : name;
    /* A tag or a digest is there already. */
    if (strchr(last, '@') || strchr(last, '+') < name + strlen(brief))
        name[strlen(brief)] = '\0';
    return name;
}

/* Returns a descriptor, or -1 with errno set: ENOENT where nothing is stored.
 */
static int open_record(int storage_fd, const char *name)
{
    CLEANUP_CLOSE int folder_fd =
        openat(storage_fd, "img", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (folder_fd < 0)
        return -1;
    return openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* Heap; NULL with errno set. */
static char *read_record(int fd)
{
    CLEANUP_FREE char *text = malloc(RECORD_SIZE);
    ssize_t length = text ? pread(fd, text, RECORD_SIZE - 1, 0) : -1;

    if (length < 0)
        return NULL;
    text[length] = '\0';
    return take_ptr(text);
}

/* A name of one folder: the record could have been meddled with. */
static bool is_layer_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-')
            return false;
    return *name != '\0';
}

static int add_layer(struct plan *plan, const char *name, struct ch_error *err)
{
    char **place;
    char *path;

    if (asprintf(&path, "%s/layers/%s", plan->storage, name) < 0)
        return ch_error_set(err, ENOMEM, "cannot note a layer");
    if (!plan->image) {
        plan->image = path;
        return 0;
    }
    place = array_append(&plan->layers, &plan->layer_count, sizeof(*place));
    if (!place) {
        free(path);
        return ch_error_set(err, errno, "cannot note a layer");
    }
    *place = path;
    return 0;
}

/* Note the layers that a record names, the newest as the image. `text` is
   changed. */
static int note_layers(struct plan *plan, char *text, struct ch_error *err)
{
    char *rest = text;
    char *line;

    if (without_prefix(text, HEADING) == text)
        return ch_error_set(err, 0,
                            "cannot use image \"%s\" in storage: unknown kind "
                            "of record",
                            plan->image_path);
    while ((line = strsep(&rest, "\n"))) {
        const char *name = without_prefix(line, LAYER);

        if (name != line && is_layer_name(name) &&
            add_layer(plan, name, err) < 0)
            return -1;
    }
    if (!plan->image)
        return ch_error_set(err, 0,
                            "cannot use image \"%s\" in storage: it has no "
                            "layers",
                            plan->image_path);
    plan->image_type = IMAGE_DIRECTORY;
    return 0;
}

/* Charliecloud 0.x has the images themselves where the records are. */
static int refuse_earlier(const struct plan *plan, const char *name,
                          struct ch_error *err)
{
    int length = (int)strlen(plan->storage);

    while (length > 1 && plan->storage[length - 1] == '/')
        length--;
    ch_error_set(err, 0,
                 "cannot use storage directory \"%s\": it is of Charliecloud "
                 "0.x",
                 plan->storage);
    return ch_error_hint(err,
                         "move it to \"%.*s.old\"; then \"ch-image import "
                         "%.*s.old/img/%s\" brings the image into a new one",
                         length, plan->storage, length, plan->storage, name);
}

int stored_image_find(struct plan *plan, bool *found, struct ch_error *err)
{
    CLEANUP_FREE char *name = record_name(plan->image_path);
    CLEANUP_CLOSE int storage_fd = -1;
    CLEANUP_CLOSE int fd = -1;
    CLEANUP_FREE char *text = NULL;
    struct ch_error ignored = CH_ERROR_INIT;

    *found = false;
    if (!name)
        return ch_error_set(err, ENOMEM, "cannot find image \"%s\"",
                            plan->image_path);
    storage_fd = storage_open_to_read(plan, &ignored);
    fd = storage_fd < 0 ? -1 : open_record(storage_fd, name);
    if (storage_fd < 0 && ignored.errnum == EACCES) {
        ch_error_clear(err);
        *err = ignored;
        return -1;
    }
    ch_error_clear(&ignored); /* no storage is no image in it */
    if (fd < 0)
        return 0;
    text = read_record(fd);
    if (!text && errno == EISDIR)
        return refuse_earlier(plan, name, err);
    if (!text)
        return ch_error_set(err, errno, "cannot read image \"%s\" in storage",
                            plan->image_path);
    if (note_layers(plan, text, err) < 0)
        return -1;
    *found = true;
    return 0;
}

void stored_image_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->layer_count; i++)
        free(plan->layers[i]);
    free(plan->layers);
    plan->layers = NULL;
    plan->layer_count = 0;
}

int stored_image_open(const struct plan *plan, struct layer_fds *layers,
                      struct ch_error *err)
{
    for (size_t i = 0; i < plan->layer_count; i++) {
        int *fd = array_append(&layers->fds, &layers->count, sizeof(*fd));

        if (!fd)
            return ch_error_set(err, errno, "cannot open the images");
        *fd = open(plan->layers[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (*fd < 0)
            return ch_error_set(err, errno, "cannot open a layer of \"%s\"",
                                plan->image_path);
    }
    return 0;
}

void layer_fds_release(struct layer_fds *layers)
{
    for (size_t i = 0; i < layers->count; i++)
        cleanup_close(&layers->fds[i]);
    free(layers->fds);
}
