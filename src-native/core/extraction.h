/* The members of an archive becoming a tree: files with their data, everything
   else, and devices left out. */

#ifndef CH_EXTRACTION_H
#define CH_EXTRACTION_H

#include "archive_input.h"
#include "error.h"
#include "member.h"
#include "name_index.h"
#include "tree_writer.h"

struct extraction {
    struct archive_input *input; /* borrowed */
    struct tree_writer writer;
    struct name_index devices; /* left out, so that links to them are, too */
    struct member_stats stats;
};

#define EXTRACTION_INIT                                                        \
    {                                                                          \
        .writer.parent_fd = -1                                                 \
    }

/* Begin below the directory `root_fd` with members of `input`; both stay the
   caller's. */
void extraction_start(struct extraction *extraction, int root_fd,
                      struct archive_input *input);

/* Add `member`, which is the current one of the input. */
int extraction_add(struct extraction *extraction, const struct member *member,
                   struct ch_error *err);

/* Set what comes last: directories' attributes. */
int extraction_finish(struct extraction *extraction, struct ch_error *err);

void extraction_release(struct extraction *extraction);

#define CLEANUP_EXTRACTION __attribute__((cleanup(extraction_release)))

#endif
