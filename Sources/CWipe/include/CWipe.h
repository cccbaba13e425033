// The ordinary heap with one difference: what is given back is wiped first. For libraries that hold
// secrets in their buffers and let themselves be told where memory comes from.
#pragma once
#include <stddef.h>

/// As malloc(3); NULL for no bytes.
void *_Nullable cwipe_allocate(size_t size);
/// As realloc(3); the former place of a piece that has moved is wiped.
void *_Nullable cwipe_resize(void *_Nullable memory, size_t size);
/// As free(3), after the whole piece was overwritten.
void cwipe_free(void *_Nullable memory);
