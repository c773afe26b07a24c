/* How the help of the C programs prints an option: used by ch-run and
   ch-checkns, so that they look alike. */

#ifndef CH_HELP_H
#define CH_HELP_H

struct help_option {
    const char *name;     /* long name, without dashes */
    int letter;           /* short name, or 0 */
    const char *argument; /* "SIZE", "[=SIZE]" if optional, or NULL */
    const char *text;     /* one paragraph */
};

/* Print one option and its text, wrapped at 79 columns, on standard output. */
void help_print_option(const struct help_option *option);

#endif
