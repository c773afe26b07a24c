#include "config.h"

#include "run/program_file.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"

/* As much as the kernel looks at (BINPRM_BUF_SIZE). */
#define HEAD_SIZE 256

/* A loader's path is no longer: the kernel's limit. */
#define INTERPRETER_MAX 4096

/* Older elf.h lacks the newest. */
#ifndef EM_RISCV
#define EM_RISCV 243
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

struct file_head {
    unsigned char bytes[HEAD_SIZE + 1]; /* and a NUL */
    size_t length;
};

/* --- machines --------------------------------------------------------------
 */

/* Most specific first; 0 bits: any. Where the order of bytes makes another
   machine of it, the little-endian name comes first. */
static const struct {
    unsigned number, bits;
    const char *little, *big;
} MACHINES[] = {
    {EM_X86_64, 64, "x86_64", "x86_64"},
    {EM_X86_64, 32, "x32 (x86_64)", "x86_64"},
    {EM_386, 0, "i386", "i386"},
    {EM_AARCH64, 0, "aarch64", "aarch64_be"},
    {EM_ARM, 0, "arm", "armeb"},
    {EM_PPC64, 0, "ppc64le", "ppc64"},
    {EM_PPC, 0, "ppcle", "ppc"},
    {EM_S390, 64, "s390x", "s390x"},
    {EM_S390, 32, "s390", "s390"},
    {EM_RISCV, 64, "riscv64", "riscv64"},
    {EM_RISCV, 32, "riscv32", "riscv32"},
    {EM_LOONGARCH, 0, "loongarch64", "loongarch64"},
    {EM_MIPS, 64, "mips64el", "mips64"},
    {EM_MIPS, 32, "mipsel", "mips"},
    {EM_SPARCV9, 0, "sparc64", "sparc64"},
    {EM_IA_64, 0, "ia64", "ia64"},
    {EM_68K, 0, "m68k", "m68k"},
};

/* The bytes that every ELF file begins with, whatever its class. */
static struct program_machine
machine_of(const unsigned char ident[EI_NIDENT + 4])
{
    struct program_machine machine = {
        .bits = ident[EI_CLASS] == ELFCLASS64 ? 64 : 32,
        .is_big_endian = ident[EI_DATA] == ELFDATA2MSB,
    };
    unsigned first = ident[EI_NIDENT + 2];
    unsigned second = ident[EI_NIDENT + 3];

    machine.number =
        machine.is_big_endian ? first << 8 | second : second << 8 | first;
    snprintf(machine.name, sizeof(machine.name), "ELF machine %u",
             machine.number);
    for (size_t i = 0; i < sizeof(MACHINES) / sizeof(MACHINES[0]); i++)
        if (MACHINES[i].number == machine.number &&
            (!MACHINES[i].bits || MACHINES[i].bits == machine.bits)) {
            snprintf(machine.name, sizeof(machine.name), "%s",
                     machine.is_big_endian ? MACHINES[i].big
                                           : MACHINES[i].little);
            break;
        }
    return machine;
}

/* Our own file would tell, but it is not in the container. */
struct program_machine program_machine_own(void)
{
    extern const unsigned char __ehdr_start[]
        __attribute__((visibility("hidden")));

    return machine_of(__ehdr_start); /* the linker's: our ELF header */
}

bool program_machine_differs(const struct program_machine *machine,
                             const struct program_machine *other)
{
    return machine->number != other->number || machine->bits != other->bits ||
           machine->is_big_endian != other->is_big_endian;
}

/* --- ELF -------------------------------------------------------------------
 */

/* Where the program headers are, and where the loader's name is: the same for
   both classes, and in our own order of bytes. */
struct span {
    uint64_t offset, length;
};

static struct span interpreter_32(int fd, const unsigned char *head)
{
    Elf32_Ehdr elf;
    Elf32_Phdr part;

    memcpy(&elf, head, sizeof(elf));
    for (unsigned i = 0; i < elf.e_phnum; i++) {
        off_t at = (off_t)elf.e_phoff + (off_t)(i * sizeof(part));

        if (pread(fd, &part, sizeof(part), at) != sizeof(part))
            break;
        if (part.p_type == PT_INTERP)
            return (struct span){part.p_offset, part.p_filesz};
    }
    return (struct span){0};
}

static struct span interpreter_64(int fd, const unsigned char *head)
{
    Elf64_Ehdr elf;
    Elf64_Phdr part;

    memcpy(&elf, head, sizeof(elf));
    for (unsigned i = 0; i < elf.e_phnum; i++) {
        off_t at = (off_t)elf.e_phoff + (off_t)(i * sizeof(part));

        if (pread(fd, &part, sizeof(part), at) != sizeof(part))
            break;
        if (part.p_type == PT_INTERP)
            return (struct span){part.p_offset, part.p_filesz};
    }
    return (struct span){0};
}

static void read_elf(int fd, const struct file_head *head,
                     struct program_file *program)
{
    CLEANUP_FREE char *name = NULL;
    struct span span;

    program->kind = PROGRAM_ELF;
    program->machine = machine_of(head->bytes);
    if (program->machine.is_big_endian != (__BYTE_ORDER == __BIG_ENDIAN) ||
        head->length < sizeof(Elf64_Ehdr))
        return;
    span = program->machine.bits == 64 ? interpreter_64(fd, head->bytes)
                                       : interpreter_32(fd, head->bytes);
    if (span.length == 0 || span.length > INTERPRETER_MAX)
        return;
    name = calloc(1, span.length + 1);
    if (name && pread(fd, name, span.length, (off_t)span.offset) ==
                    (ssize_t)span.length)
        program->interpreter = take_ptr(name);
}

/* --- scripts ---------------------------------------------------------------
 */

/* As the kernel cuts it: blanks, a name, and what is one argument. */
static void read_script(const struct file_head *head,
                        struct program_file *program)
{
    const char *name = (const char *)head->bytes + 2;
    size_t line = strcspn(name, "\n");
    size_t length;

    program->kind = PROGRAM_SCRIPT;
    name += strspn(name, " \t");
    length = strcspn(name, " \t\n");
    /* With an argument it is the argument's, and not the kernel's affair. */
    program->has_carriage_return =
        length && name[length - 1] == '\r' && head->bytes[2 + line] == '\n';
    program->interpreter = length ? strndup(name, length) : NULL;
}

/* --- any file --------------------------------------------------------------
 */

/* The rule of most tools: a text has no NUL. */
static bool is_text(const struct file_head *head)
{
    for (size_t i = 0; i < head->length; i++)
        if (head->bytes[i] < ' ' && !strchr("\t\n\v\f\r\x1b", head->bytes[i]))
            return false;
    return true;
}

int program_file_read(const char *path, struct program_file *program)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct file_head head = {0};
    ssize_t length = fd < 0 ? -1 : pread(fd, head.bytes, HEAD_SIZE, 0);

    if (length < 0)
        return -1;
    head.length = (size_t)length;
    if (length == 0)
        program->kind = PROGRAM_EMPTY;
    else if (!strncmp((const char *)head.bytes, "#!", 2))
        read_script(&head, program);
    else if (length >= EI_NIDENT + 4 && !memcmp(head.bytes, ELFMAG, SELFMAG))
        read_elf(fd, &head, program);
    else
        program->kind = is_text(&head) ? PROGRAM_TEXT : PROGRAM_UNKNOWN;
    return 0;
}

void program_file_release(struct program_file *program)
{
    free(program->interpreter);
    program->interpreter = NULL;
}
