/* Where configuration files are, and reading them. */

#ifndef CH_SETTINGS_FILE_H
#define CH_SETTINGS_FILE_H

#include "run/option_handlers.h"

/* Who is meant by a file. */
enum settings_owner { SETTINGS_SITE, SETTINGS_USER };

/* Read the site's files, then the user's, and take each line. A file that is
   not there is none; the user's is left out, too, if it is somebody else's or
   out of reach, as that of another user's $HOME. */
int settings_files_read(struct parse *parse);

/* Take one line: implemented by settings.c. `number` 0: of no file. */
struct config_line;
int settings_take_line(struct parse *parse, enum settings_owner owner,
                       const struct config_line *line);

#endif
