#include "config.h"

#include "core/json_text.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* How many bytes the UTF-8 character that `text` begins with has; 0: it is
   none (RFC 3629: not too long, no surrogate, no more than U+10FFFF). */
static size_t character_length(const unsigned char *text)
{
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80           ? 1
                    : (text[0] >> 5) == 0x06 ? 2
                    : (text[0] >> 4) == 0x0e ? 3
                    : (text[0] >> 3) == 0x1e ? 4
                                             : 0;
    uint32_t value = text[0] & (0xffU >> (length + 1));

    if (length < 2)
        return length;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    if (value < LEAST[length] || value > 0x10ffff ||
        (value >= 0xd800 && value < 0xe000))
        return 0;
    return length;
}

static int append_character(struct buffer *buffer, const char *text,
                            size_t length)
{
    if (!length)
        return buffer_append(buffer, REPLACEMENT, strlen(REPLACEMENT));
    if (*text == '"' || *text == '\\')
        return buffer_printf(buffer, "\\%c", *text);
    if ((unsigned char)*text < ' ')
        return buffer_printf(buffer, "\\u%04x", (unsigned)*text);
    return buffer_append(buffer, text, length);
}

int json_text_string(struct buffer *buffer, const char *text)
{
    if (!text)
        return buffer_append(buffer, "null", 4);
    if (buffer_append(buffer, "\"", 1) < 0)
        return -1;
    while (*text) {
        size_t length = character_length((const unsigned char *)text);

        if (append_character(buffer, text, length) < 0)
            return -1;
        text += length ? length : 1;
    }
    return buffer_append(buffer, "\"", 1);
}
