#include "config.h"

#include "entry_set.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

struct entry_key {
    size_t length;
    char bytes[sizeof(ino_t) + NAME_MAX + 1];
};

static int make_key(struct entry_key *key, int dir_fd, const char *name)
{
    size_t length = strlen(name);
    struct stat st;

    if (length > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (fstat(dir_fd, &st) < 0)
        return -1;
    memcpy(key->bytes, &st.st_ino, sizeof(ino_t));
    memcpy(key->bytes + sizeof(ino_t), name, length);
    key->length = sizeof(ino_t) + length;
    return 0;
}

int entry_set_put(struct entry_set *set, int dir_fd, const char *name,
                  enum name_kind kind)
{
    struct entry_key key;

    if (make_key(&key, dir_fd, name) < 0)
        return -1;
    return name_index_put(&set->names, key.bytes, key.length, kind, 0);
}

enum name_kind entry_set_find(const struct entry_set *set, int dir_fd,
                              const char *name)
{
    struct entry_key key;
    const struct name_slot *slot;

    if (make_key(&key, dir_fd, name) < 0)
        return NAME_UNKNOWN;
    slot = name_index_find(&set->names, key.bytes, key.length);
    return slot ? slot->kind : NAME_UNKNOWN;
}

void entry_set_release(struct entry_set *set)
{
    name_index_release(&set->names);
}
