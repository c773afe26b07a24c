#include "config.h"

#include "squashfs/record.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROOT_ID 1 /* the root's node, in every FUSE file system */

struct node {
    uint64_t id;
    uint64_t parent;
    bool is_read;
    char name[];
};

struct record {
    pthread_mutex_t mutex;
    void *nodes; /* a tree, tsearch(3) */
    void (*tell)(void *context, const char *path);
    void *context;
};

static int compare(const void *a, const void *b)
{
    const struct node *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static struct node *find(const struct record *record, uint64_t id)
{
    const struct node key = {.id = id};
    struct node *const *found = tfind(&key, &record->nodes, compare);

    return found ? *found : NULL;
}

int record_open(const struct squashfs_settings *settings,
                struct record **record)
{
    *record = NULL;
    if (!settings->first_read)
        return 0;
    *record = calloc(1, sizeof(**record));
    if (!*record)
        return -1;
    (*record)->tell = settings->first_read;
    (*record)->context = settings->first_read_context;
    (void)pthread_mutex_init(&(*record)->mutex, NULL); /* cannot fail */
    return 0;
}

void record_close(struct record *record)
{
    if (!record)
        return;
    tdestroy(record->nodes, free);
    (void)pthread_mutex_destroy(&record->mutex); /* not locked */
    free(record);
}

static struct node *make_node(uint64_t parent, const char *name, uint64_t id)
{
    size_t size = strlen(name) + 1;
    struct node *node = malloc(sizeof(*node) + size);

    if (!node)
        return NULL;
    *node = (struct node){.id = id, .parent = parent};
    memcpy(node->name, name, size);
    return node;
}

/* The first name stays: a file may have several. Without memory a file is not
   recorded; the service goes on. */
void record_name(struct record *record, uint64_t parent, const char *name,
                 uint64_t id)
{
    struct node *node = record ? make_node(parent, name, id) : NULL;
    struct node **found;

    if (!node)
        return;
    pthread_mutex_lock(&record->mutex);
    found = tsearch(node, &record->nodes, compare);
    if (!found || *found != node)
        free(node);
    pthread_mutex_unlock(&record->mutex);
}

/* Write the path before `end`, from its last name to its first. Whoever has a
   name here has a parent that had one before, up to the root. */
static const char *write_path(const struct record *record,
                              const struct node *node, char *start, char *end)
{
    *--end = '\0';
    for (; node; node = find(record, node->parent)) {
        size_t length = strlen(node->name);

        if (length + 1 > (size_t)(end - start))
            return NULL;
        end -= length;
        memcpy(end, node->name, length);
        *--end = '/';
        if (node->parent == ROOT_ID)
            return end;
    }
    return NULL;
}

void record_read(struct record *record, uint64_t id)
{
    char buffer[PATH_MAX];
    const char *path;
    struct node *node;

    if (!record)
        return;
    pthread_mutex_lock(&record->mutex);
    node = find(record, id);
    if (node && !node->is_read) {
        node->is_read = true;
        path = write_path(record, node, buffer, buffer + sizeof(buffer));
        if (path)
            record->tell(record->context, path);
    }
    pthread_mutex_unlock(&record->mutex);
}
