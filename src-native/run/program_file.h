/* What kind of program a file is, and what it needs to run: the first line of a
   script, the headers of ELF. */

#ifndef CH_PROGRAM_FILE_H
#define CH_PROGRAM_FILE_H

#include <stdbool.h>

enum program_kind {
    PROGRAM_EMPTY,
    PROGRAM_SCRIPT, /* begins with #! */
    PROGRAM_ELF,
    PROGRAM_TEXT,
    PROGRAM_UNKNOWN
};

/* A processor, as an ELF header has it. */
struct program_machine {
    unsigned number; /* EM_X86_64 and so on */
    unsigned bits;   /* 32 or 64 */
    bool is_big_endian;
    char name[32]; /* as uname(2) calls it */
};

struct program_file {
    enum program_kind kind;
    bool has_carriage_return;       /* script: at the end of the first line */
    char *interpreter;              /* heap, owned; NULL: none */
    struct program_machine machine; /* ELF */
};

/* Read what there is to know of `path`; release with program_file_release().
   Returns 0, or -1 with errno set. */
int program_file_read(const char *path, struct program_file *program);

void program_file_release(struct program_file *program);

#define CLEANUP_PROGRAM_FILE __attribute__((cleanup(program_file_release)))

/* The machine that we are built for. */
struct program_machine program_machine_own(void);

bool program_machine_differs(const struct program_machine *machine,
                             const struct program_machine *other);

#endif
