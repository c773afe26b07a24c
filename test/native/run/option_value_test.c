#include "config.h"

#include "run/option_value.h"

#include <stdint.h>
#include <string.h>

#include "tap.h"

static void test_sizes(void)
{
    static const struct {
        const char *text;
        size_t size;
    } GOOD[] = {
        {"1", 1},        {"4096", 4096},  {"512k", 512 << 10},
        {"8m", 8 << 20}, {"8M", 8 << 20}, {"2g", (size_t)2 << 30},
    };
    size_t size;

    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        struct ch_error err = CH_ERROR_INIT;

        OK(option_value_size(GOOD[i].text, "o", &size, &err) == 0 &&
               size == GOOD[i].size,
           "option_value_size() takes \"%s\"", GOOD[i].text);
        ch_error_clear(&err);
    }
}

static void test_wrong_sizes(void)
{
    static const char *const BAD[] = {
        "",  "0",   "0m", "-1", "+1",           " 1",
        "m", "1mm", "1t", "1%", "99999999999g", "99999999999999999999"};

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        struct ch_error err = CH_ERROR_INIT;
        size_t size = 7;

        OK(option_value_size(BAD[i], "o", &size, &err) < 0 && size == 7,
           "option_value_size() refuses \"%s\"", BAD[i]);
        ch_error_clear(&err);
    }
}

static void test_counts(void)
{
    struct ch_error err = CH_ERROR_INIT;
    unsigned count = 0;

    OK(option_value_count("1", "o", 5, &count, &err) == 0 && count == 1 &&
           option_value_count("5", "o", 5, &count, &err) == 0 && count == 5,
       "option_value_count() takes its least and most");
    OK(option_value_count("6", "o", 5, &count, &err) < 0,
       "option_value_count() refuses more");
    IS(ch_error_text(&err), "option \"--o=6\": not a number from 1 to 5",
       "option_value_count() says what it takes");
    ch_error_clear(&err);
    OK(option_value_count("0", "o", 5, &count, &err) < 0,
       "option_value_count() refuses 0");
    ch_error_clear(&err);
}

int main(void)
{
    test_sizes();
    test_wrong_sizes();
    test_counts();
    return tap_done();
}
