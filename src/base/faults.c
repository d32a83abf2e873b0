#include "base/faults.h"
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void faults_init(struct faults *faults, struct arena *arena)
{
    faults->arena = arena;
    faults->count = 0;
}

void faults_add(struct faults *faults, const char *type, const char *field, const char *format, ...)
{
    va_list args, again;

    if (faults_full(faults))
        return;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *description = arena_alloc(faults->arena, (size_t)len + 1);
    vsnprintf(description, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    faults->list[faults->count++] = (struct fault){
        .type = type, .field = arena_strndup(faults->arena, field, strlen(field)), .description = description};
}
