#include "core/drawing.h"
#include "base/digest.h"
#include "core/world.h"

#include <stdlib.h>

_Static_assert((int)DRAWING_KEY == (int)SHA256_BYTES, "a whole digest");

struct drawing *drawing_new(const struct prediction *prediction, unsigned file)
{
    const struct maker *maker = prediction->world->worlds->maker;
    struct drawing *drawing = xnew(struct drawing);
    struct buf notes = {0};

    *drawing = plan_drawing(&prediction->plan, file);
    maker->note(&notes, &prediction->plan, prediction->version,
                (struct slice){prediction->input, prediction->input_len});
    drawing->notes.data = buf_take(&notes, &drawing->notes.len);
    drawing->prepared = prepared_hold(prediction->prepared);
    return drawing;
}

void drawing_free(struct drawing *drawing)
{
    if (!drawing)
        return;
    prepared_let_go(drawing->prepared);
    free((char *)(uintptr_t)drawing->notes.data);
    free(drawing);
}

void drawing_key(unsigned char key[DRAWING_KEY], const struct drawing *drawing)
{
    unsigned char plain[17]; // field by field: a struct's padding holds anything
    struct slice parts[3] = {{(const char *)plain, sizeof(plain)}, drawing->notes, {0}};

    memcpy(plain, &drawing->look, 8);
    memcpy(plain + 8, &drawing->width, 2);
    memcpy(plain + 10, &drawing->height, 2);
    plain[12] = drawing->reference;
    plain[13] = drawing->kind;
    plain[14] = drawing->frames;
    memcpy(plain + 15, &drawing->length, 2);
    if (drawing->prepared)
        parts[2] = (struct slice){(const char *)drawing->prepared->digest, PREPARED_DIGEST};
    digest_hmac_sha256(key, (struct slice){"drawing", 7}, parts, drawing->prepared ? 3 : 2);
}
