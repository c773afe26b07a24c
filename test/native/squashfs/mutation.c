#include "config.h"

#include "squashfs/mutation.h"

#include <string.h>

#define SUPER_SIZE MUTATION_SIZE_MIN

/* Where the superblock says where the inode table is, the first of all. */
#define INODE_TABLE 64

/* xorshift64*, the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Most damage goes where tables are: a superblock that is wrong is refused at
   once mostly. */
static size_t choose_place(uint64_t *random, size_t size, size_t tables)
{
    uint64_t choice = next_random(random) % 32;

    if (choice == 0)
        return next_random(random) % SUPER_SIZE;
    if (choice < 8)
        return next_random(random) % size;
    return tables + next_random(random) % (size - tables);
}

/* Flipped bits, zeros and huge numbers, noise, and bytes from elsewhere, which
   makes what looks sound and leads astray: an entry that is another
   directory's, a length that was a position. */
static void damage_once(uint64_t *random, unsigned char *image, size_t size,
                        size_t tables)
{
    static const unsigned char VALUES[] = {0, 0xff, 0x7f, 0x80, 1};
    size_t place = choose_place(random, size, tables);
    size_t length = 1 + next_random(random) % 8;
    uint64_t kind = next_random(random) % 4;

    if (length > size - place)
        length = size - place;
    if (kind == 0)
        image[place] ^= (unsigned char)(1 << next_random(random) % 8);
    else if (kind == 1)
        memset(image + place, VALUES[next_random(random) % sizeof(VALUES)],
               length);
    else if (kind == 2)
        image[place] = (unsigned char)next_random(random);
    else
        memmove(image + place, image + next_random(random) % (size - length),
                length);
}

static size_t find_tables(const unsigned char *image, size_t size)
{
    uint64_t inodes = 0;

    for (int i = 7; i >= 0; i--)
        inodes = inodes << 8 | image[INODE_TABLE + i];
    return inodes < size ? inodes : SUPER_SIZE;
}

size_t mutation_make(unsigned char *image, size_t size, uint64_t seed)
{
    uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    size_t tables = find_tables(image, size);

    for (uint64_t i = next_random(&random) % 8 + 1; i; i--)
        damage_once(&random, image, size, tables);
    if (next_random(&random) % 16 == 0)
        return SUPER_SIZE + next_random(&random) % (size - SUPER_SIZE);
    return size;
}
