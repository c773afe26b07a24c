/* JSON as text, the other way round than json.h. What is between the values,
   brackets and commas, is the caller's. */

#ifndef CH_JSON_TEXT_H
#define CH_JSON_TEXT_H

#include "core/buffer.h"

/* Append a string with its quotes, or "null". Bytes that are no UTF-8 become
   U+FFFD: JSON has no others. Returns 0, or -1 with errno ENOMEM. */
int json_text_string(struct buffer *buffer, const char *text);

#endif
