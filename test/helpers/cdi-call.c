/* A program that finds its driver at run time, as CUDA does: open the library
   that the argument names, by the dynamic linker's own search, and print what
   it answers. */

#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    int (*answer)(void) = library ? dlsym(library, "library_answer") : NULL;

    if (!answer) {
        printf("not found\n");
        return 1;
    }
    printf("%d\n", answer());
    return 0;
}
