#include "config.h"

#include "run/explain_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "run/command.h"
#include "run/explain_text.h"

static void facts_release(struct explain_facts *facts)
{
    free(facts->places);
    free(facts->uids);
    free(facts->gids);
    free(facts->directory);
    free(facts->file);
    free(facts->identity);
}

#define CLEANUP_FACTS __attribute__((cleanup(facts_release)))

/* --- mounts ----------------------------------------------------------------
 */

/* What is in the container now and was not there when we looked last belongs
   to the image: nothing else is mounted without a look afterwards. */
static const struct explain_mount UNKNOWN = {.rule = {.text = "image"}};

/* With --join, another launch may have mounted everything: we never looked. */
static struct explain_rule joined_rule(const struct plan *plan)
{
    static const char TEXT[] = "the container that is joined";

    if (plan->join.pid)
        return (struct explain_rule){TEXT,
                                     {ORIGIN_OPTION, "join-pid", 0, false}};
    return explain_rule_of_setting(plan, "join", TEXT);
}

static bool is_among(const struct explain *explain, long id)
{
    for (size_t i = 0; i < explain->mount_count; i++)
        if (explain->mounts[i].id == id)
            return true;
    return false;
}

static bool find_line(const struct mountinfo *lines, size_t count, long id,
                      struct mountinfo *found)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].id == id) {
            *found = lines[i];
            return true;
        }
    return false;
}

/* Those that are left in the end, in the order of the steps. */
static int order_places(struct explain_facts *facts,
                        const struct mountinfo *lines, size_t count)
{
    const struct explain *explain = facts->plan->explain;

    facts->places =
        calloc(count + explain->mount_count + 1, sizeof(*facts->places));
    if (!facts->places)
        return -1;
    facts->joined = (struct explain_mount){.rule = joined_rule(facts->plan)};
    for (size_t i = 0; i < count; i++)
        if (!is_among(explain, lines[i].id))
            facts->places[facts->place_count++] = (struct explain_place){
                explain->mount_count ? &UNKNOWN : &facts->joined, lines[i]};
    for (size_t i = 0; i < explain->mount_count; i++) {
        struct explain_place place = {.mount = &explain->mounts[i]};

        if (place.mount->id < 0 ||
            find_line(lines, count, place.mount->id, &place.line))
            facts->places[facts->place_count++] = place;
    }
    return 0;
}

/* `text` is what the lines are part of. */
static int find_places(struct explain_facts *facts, char *text)
{
    CLEANUP_FREE struct mountinfo *lines = NULL;
    struct mountinfo line;
    size_t count = 0;

    while (mountinfo_next(&text, &line)) {
        struct mountinfo *more = reallocarray(lines, count + 1, sizeof(*lines));

        if (!more)
            return -1;
        lines = more;
        lines[count++] = line;
    }
    return order_places(facts, lines, count);
}

/* --- the rest --------------------------------------------------------------
 */

static const char *kind_of(const struct plan *plan)
{
    return plan->image_type == IMAGE_SQUASHFS ? "SquashFS file, mounted"
           : plan->super.block_size ? "SquashFS file, unpacked in storage"
                                    : "directory";
}

/* What tells this image from others: as of --explain's begin, since the image
   is out of reach by its path now. */
static char *identity_of(const struct plan *plan)
{
    const struct stat *st = &plan->explain->image;
    struct tm broken;
    char when[32]; /* a date and a time */
    char *text;

    if (!gmtime_r(&st->st_mtime, &broken) ||
        !strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &broken))
        when[0] = '\0';
    if (asprintf(&text, "device %u:%u, inode %ju, %jd bytes, changed %s",
                 major(st->st_dev), minor(st->st_dev), (uintmax_t)st->st_ino,
                 (intmax_t)st->st_size, when) < 0)
        return NULL;
    return text;
}

static int gather(struct explain_facts *facts,
                  const struct image_config *config, char *mountinfo)
{
    const struct plan *plan = facts->plan;

    facts->uids = explain_id_map("/proc/self/uid_map");
    facts->gids = explain_id_map("/proc/self/gid_map");
    facts->directory = getcwd(NULL, 0);
    facts->file = command_find(facts->command);
    facts->command_from =
        *plan->command ? "the command line" : "the image's Cmd";
    if (config->entrypoint) {
        facts->entry_from = "the image's Entrypoint";
        if (!*plan->command && !config->command) {
            facts->command_from = facts->entry_from;
            facts->entry_from = NULL;
        }
    }
    facts->image_kind = kind_of(plan);
    facts->identity = identity_of(plan);
    if (find_places(facts, mountinfo) < 0 || !facts->uids || !facts->gids ||
        !facts->identity || !facts->directory)
        return -1;
    return 0;
}

int explain_print(const struct plan *plan, const struct image_config *config,
                  char **command, struct ch_error *err)
{
    CLEANUP_FACTS struct explain_facts facts = {.plan = plan,
                                                .command = command};
    CLEANUP_BUFFER struct buffer buffer = {0};
    CLEANUP_FREE char *mountinfo = mountinfo_read();
    int status = -1;

    if (mountinfo && !plan->explain->has_failed &&
        gather(&facts, config, mountinfo) == 0)
        status = (plan->explain->is_json ? explain_json : explain_text)(&buffer,
                                                                        &facts);
    if (status < 0)
        return ch_error_set(err, errno, "cannot explain");
    if (file_write_all(STDOUT_FILENO, buffer.data, buffer.length) < 0)
        return ch_error_set(err, errno, "cannot print the explanation");
    return 0;
}
