#include "core/plan.h"

#include <stdio.h>
#include <string.h>

void plan_file_name(const struct plan *plan, unsigned index, char name[FILE_NAME_MAX])
{
    if (plan->reference && index == 0)
        snprintf(name, FILE_NAME_MAX, "ref-out.png");
    else
        snprintf(name, FILE_NAME_MAX, "out-%u.png", index - plan->reference);
}

int plan_file_index(const struct plan *plan, const char *name)
{
    char other[FILE_NAME_MAX];

    for (unsigned i = 0; i < plan->files; i++) {
        plan_file_name(plan, i, other);
        if (strcmp(name, other) == 0)
            return (int)i;
    }
    return -1;
}

bool plan_makes_files(const struct plan *plan)
{
    return plan->shape == OUTPUT_FILE || plan->shape == OUTPUT_FILES;
}

struct drawing plan_drawing(const struct plan *plan, unsigned index)
{
    bool reference = plan->reference && index == 0;
    // By its number among the outputs, so that out-0.png is the same picture with and without a reference
    // beside it. Only the low bits change: what the outputs share (their structure) is told by the high ones.
    unsigned number = reference ? 0 : index - plan->reference;

    return (struct drawing){
        .look = plan->look ^ number, .width = plan->width, .height = plan->height, .reference = reference};
}
