/* A library as a driver brings it: one function, which says which copy of the
   library it is in. Its name is that of CUDA's. */

int library_answer(void);

int library_answer(void)
{
    return LIBRARY_ANSWER;
}
