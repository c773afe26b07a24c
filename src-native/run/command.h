/* Becoming the user's command. */

#ifndef CH_COMMAND_H
#define CH_COMMAND_H

#include "core/error.h"

/* The file that command_exec() would execute, found as it does. Heap, the
   caller frees; NULL: there is none that can be executed. */
char *command_find(char **command);

/* execvp(3) in the container, less its habit of handing to a shell what the
   kernel does not know: that would run a program of another processor as a
   script. Returns only if it failed, -1; the error says why, as far as the
   file tells. `image_path` is for the message. */
int command_exec(const char *image_path, char **command, struct ch_error *err);

#endif
