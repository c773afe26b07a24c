/* --record: the file that tells which files of the image were read. It is
   complete whenever the command has ended: each line is written before whoever
   reads that file for the first time gets anything from it. */

#ifndef CH_RECORD_FILE_H
#define CH_RECORD_FILE_H

#include "run/plan.h"

/* Open the plan's file, if it has one; what is in it stays. Before the server
   is started. Errors: it cannot be written, or this host cannot mount images:
   what is unpacked is read without us. */
int record_file_open(struct plan *plan, struct ch_error *err);

/* The image is mounted: what was in the file is replaced from now on. */
void record_file_begin(const struct plan *plan);

/* In the server: write a line. */
void record_file_add(const struct plan *plan, const char *path);

#endif
