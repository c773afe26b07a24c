/* Configuration: what files, the environment and options say, in this order,
   so that who comes later has the last word:

   - charliecloud.conf in the directory "charliecloud" of $sysconfdir
   - conf.d/NAME.conf there, in the order of the names
   - the user's $XDG_CONFIG_HOME/charliecloud/charliecloud.conf
   - environment variables of ch-run
   - the command line

   What the first two fix, nobody else can change. They are found from where the
   program is installed and by nothing that a user can set: a variable that
   names them would lift what they fix. */

#ifndef CH_SETTINGS_H
#define CH_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "run/origin.h"

#define CH_SWITCH(name, field, by)                  +1
#define CH_VALUE(name, handler, shower, expand, by) +1
#define CH_LIST(name, handler, expand, by)          +1
enum {
    SETTING_COUNT = 0
#include "run/setting.def"
};
#undef CH_SWITCH
#undef CH_VALUE
#undef CH_LIST

/* A file that was looked for. */
struct settings_file {
    char *path;
    bool is_read;
    char *reason; /* why not, if it is there; or NULL */
};

struct settings {
    struct origin origins[SETTING_COUNT]; /* of those that are no list */
    struct origin ignored[SETTING_COUNT]; /* who has tried to change what is
                                             fixed */
    struct settings_file *files;          /* in order */
    size_t file_count;
    char **texts; /* what values are part of */
    size_t text_count;
};

struct ch_error;
struct help_option;
struct parse;
struct plan;

/* Own a heap string that a value of the plan is, or is part of. Returns it, or
   NULL without memory, and then it is freed. */
char *settings_keep(struct settings *settings, char *text);

/* Free what they own. */
void settings_release(struct settings *settings);

/* Read files and environment into the plan. */
int settings_read(struct parse *parse);

/* Take an option of the command line by its handler, unless it changes what is
   fixed. */
int settings_take_option(struct parse *parse, const char *name,
                         int (*handle)(struct parse *, const char *),
                         const char *argument);

/* An option that is being taken sets the switch of that key, too. */
int settings_imply(struct parse *parse, const char *key);

/* When all is read: where what an option asks for excludes what others have
   set, the option is right; and lists end with what is fixed in them. */
int settings_settle(struct parse *parse);

/* Put the file that has set the key in front of the error. Returns -1. */
int settings_blame(const struct plan *plan, const char *key,
                   struct ch_error *err);

/* Whether an option of the command line has set the key. */
bool settings_is_asked_for(const struct plan *plan, const char *key);

/* Warn of what has no effect. */
void settings_tell(const struct plan *plan);

#endif
