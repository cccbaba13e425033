#define _DEFAULT_SOURCE
#include "CWipe.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *cwipe_allocate(size_t size) { return size > 0 ? malloc(size) : NULL; }

void *cwipe_resize(void *memory, size_t size) {
    if (size == 0) {
        cwipe_free(memory);
        return NULL;
    }
    size_t had = memory ? malloc_usable_size(memory) : 0;
    // The heap's own realloc would leave the bytes of a piece that moves, and those that it cuts off.
    if (size <= had && size >= had / 2) return memory;
    void *moved = malloc(size);
    if (!moved) return NULL;
    if (memory) memcpy(moved, memory, had < size ? had : size);
    cwipe_free(memory);
    return moved;
}

void cwipe_free(void *memory) {
    // In a way that the optimiser may not leave out.
    if (memory) explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}
