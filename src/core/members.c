#include "core/members.h"
#include "base/timefmt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *members_path(struct reading *reading, const char *path, const char *name)
{
    return arena_printf(reading->faults->arena, "%s%s%s", path, *path ? "." : "", name);
}

void members_refuse(struct reading *reading, const char *path, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    faults_add(reading->faults, "invalid", path, "%s", text);
}

static const struct member *find_member(const struct member *members, const char *name)
{
    while (members->name && strcmp(members->name, name) != 0)
        members++;
    return members->name ? members : NULL;
}

static void refuse_unknown(struct reading *reading, const struct member *members, const char *path)
{
    const char *known = members->name;

    while ((++members)->name)
        known = arena_printf(reading->faults->arena, "%s, %s", known, members->name);
    faults_add(reading->faults, "unknown", path, "no such member; known are: %s", known);
}

void members_read(struct reading *reading, const struct member *members, const cJSON *object, const char *path)
{
    if (!cJSON_IsObject(object)) {
        members_refuse(reading, path, "takes an object, not %s", json_type_name(object));
        return;
    }
    for (const cJSON *value = object->child; value && !faults_full(reading->faults); value = value->next) {
        const struct member *member = find_member(members, value->string);
        const char *place = members_path(reading, path, value->string);
        if (member)
            member->read(reading, value, place);
        else
            refuse_unknown(reading, members, place);
    }
}

const char *members_keep(struct reading *reading, const char *text)
{
    return arena_strndup(reading->arena, text, strlen(text));
}

bool members_whole(const cJSON *value, int64_t least, int64_t most, int64_t *number)
{
    if (!cJSON_IsNumber(value) || !json_is_integer(value) || !(value->valuedouble >= (double)least) ||
        !(value->valuedouble <= (double)most))
        return false;
    *number = (int64_t)value->valuedouble;
    return true;
}

void members_duration(struct reading *reading, const cJSON *value, const char *path, int64_t most, int64_t *duration)
{
    if (!cJSON_IsString(value) || !duration_parse(value->valuestring, duration) || *duration > most)
        members_refuse(reading, path, "takes a duration of at most %lldh, such as \"3s\" or \"250ms\"",
                       (long long)(most / (3600 * NS_PER_S)));
}

void members_bool(struct reading *reading, const cJSON *value, const char *path, bool *flag)
{
    if (cJSON_IsBool(value))
        *flag = cJSON_IsTrue(value);
    else
        members_refuse(reading, path, "takes true or false, not %s", json_type_name(value));
}
