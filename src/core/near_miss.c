#include "core/near_miss.h"
#include "base/timefmt.h"

#include <stdlib.h>
#include <strings.h>

enum {
    COST = 50,        // steps: no number of rules makes a request slow by what is noted of it
    VALUE_LEVELS = 3, // of arrays and objects that are shown
    NUMBER_MAX = 64,  // digits
};

#define ELLIPSIS "\xe2\x80\xa6"

/* --- values, cut ---------------------------------------------------------------------------------------------------- */

/* How much of the text is shown: whole characters, and none of what a data: URI holds. */
static size_t shown_length(const char *text)
{
    size_t len = strnlen(text, NEAR_MISS_TEXT + 1);

    if (strncasecmp(text, "data:", 5) == 0)
        len = strcspn(text, ",") < len ? strcspn(text, ",") + 1 : len;
    if (len <= NEAR_MISS_TEXT)
        return len;
    for (len = NEAR_MISS_TEXT; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
        len--;
    return len;
}

static void put_text(struct buf *out, const char *text)
{
    size_t len = text ? shown_length(text) : 0;

    if (!text) {
        buf_lit(out, "null");
        return;
    }
    json_put_bytes(out, text, len);
    if (text[len] == '\0')
        return;
    out->len--; // the quote
    buf_lit(out, ELLIPSIS "\"");
}

static void put_value(struct buf *out, const cJSON *value, size_t end, int levels);

/* Members from where `end` is passed are left out, and said to be. */
static void put_members(struct buf *out, const cJSON *value, size_t end, int levels)
{
    bool named = cJSON_IsObject(value);

    buf_char(out, named ? '{' : '[');
    for (const cJSON *inner = value->child; inner; inner = inner->next) {
        bool is_left_out = levels == 0 || out->len > end;
        buf_str(out, inner == value->child ? "" : ",");
        if (named) {
            put_text(out, is_left_out ? ELLIPSIS : inner->string);
            buf_char(out, ':');
        }
        if (is_left_out) {
            buf_lit(out, "\"" ELLIPSIS "\"");
            break;
        }
        put_value(out, inner, end, levels - 1);
    }
    buf_char(out, named ? '}' : ']');
}

static void put_value(struct buf *out, const cJSON *value, size_t end, int levels)
{
    if (cJSON_IsString(value) || (cJSON_IsNumber(value) && strnlen(value->valuestring, NUMBER_MAX + 1) > NUMBER_MAX))
        put_text(out, value->valuestring);
    else if (cJSON_IsArray(value) || cJSON_IsObject(value))
        put_members(out, value, end, levels);
    else
        json_as_given(out, value);
}

/* --- near misses ---------------------------------------------------------------------------------------------------- */

static void put_request(struct buf *out, struct occasion *occasion)
{
    buf_lit(out, ",\"request\":");
    put_text(out, occasion->request_id ? occasion->request_id(occasion) : NULL);
    buf_lit(out, ",\"method\":");
    put_text(out, occasion->method);
    buf_lit(out, ",\"path\":");
    put_text(out, occasion->path ? occasion->path(occasion) : NULL);
    buf_lit(out, ",\"operation\":");
    put_text(out, occasion->operation);
}

struct near_miss *near_miss_new(const struct demand *unmet, struct occasion *occasion, size_t *budget)
{
    struct buf text = {0};
    cJSON room;

    *budget -= *budget < COST ? *budget : COST;
    const cJSON *got = demand_value(unmet, occasion, &room, budget);
    if (*budget == 0)
        return NULL;
    buf_lit(&text, "\"got\":");
    if (got)
        put_value(&text, got, text.len + NEAR_MISS_TEXT, VALUE_LEVELS);
    else
        buf_lit(&text, "null");
    put_request(&text, occasion);
    struct near_miss *miss = xcalloc(1, sizeof(*miss) + text.len);
    miss->unmet = unmet;
    miss->request = (struct slice){memcpy(miss + 1, text.data, text.len), text.len};
    buf_free(&text);
    return miss;
}

void near_miss_free(struct near_miss *miss)
{
    free(miss);
}

void near_miss_put(struct buf *out, const struct near_miss *miss, bool with_world)
{
    char at[TIME_TEXT];

    if (!miss) {
        buf_lit(out, "null");
        return;
    }
    time_format(at, miss->at, TIME_NANOS);
    buf_printf(out, "{\"at\":\"%s\",\"matcher\":", at);
    json_put_bytes(out, miss->unmet->path, strlen(miss->unmet->path));
    buf_printf(out, ",\"wanted\":%s,", miss->unmet->wanted);
    buf_add(out, miss->request.data, miss->request.len);
    if (with_world)
        buf_printf(out, ",\"world\":\"%s\"", miss->world);
    buf_char(out, '}');
}
