#include "config.h"

#include "run/help.h"

#include <stdio.h>
#include <string.h>

#define HELP_INDENT 8
#define HELP_WIDTH  79

static void print_names(const struct help_option *option)
{
    if (option->letter)
        printf("  -%c, ", option->letter);
    else
        printf("      ");
    printf("--%s", option->name);
    if (option->argument)
        printf("%s%s", option->argument[0] == '[' ? "" : "=", option->argument);
    putchar('\n');
}

/* Words of `text`, as many a line as fit. */
static void print_wrapped(const char *text)
{
    int column = 0;

    while (*text) {
        int length = (int)strcspn(text, " ");

        if (column && column + 1 + length > HELP_WIDTH) {
            putchar('\n');
            column = 0;
        }
        if (column)
            column += printf(" ");
        else
            column = printf("%*s", HELP_INDENT, "");
        column += printf("%.*s", length, text);
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void help_print_option(const struct help_option *option)
{
    print_names(option);
    print_wrapped(option->text);
}
