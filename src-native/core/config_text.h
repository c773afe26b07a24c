/* The text of a configuration file, line by line: `KEY = VALUE`, with words in
   front of the key that say how it is meant. A "#" at the beginning of a line
   or behind a blank begins a comment, unless it is written "\#". What keys
   there are, and what their values mean, is not known here. */

#ifndef CH_CONFIG_TEXT_H
#define CH_CONFIG_TEXT_H

#include <stdbool.h>

#include "core/error.h"

/* Where in a text we are. */
struct config_text {
    char *next; /* the rest, which is changed as it is read */
    unsigned line;
};

struct config_line {
    unsigned number; /* counted from 1 */
    bool fixed;      /* "fixed": nobody may change the value later */
    bool if_known;   /* "if-known": left out by who does not know the key */
    char *key;
    char *value; /* without blanks at its ends; maybe empty. Like the key, it
                    is part of the text. */
};

/* Read up to the next line that says something. Returns 1, or 0 at the end of
   the text, or -1 if `line->number` is none that can be meant. */
int config_text_next(struct config_text *text, struct config_line *line,
                     struct ch_error *err);

#endif
