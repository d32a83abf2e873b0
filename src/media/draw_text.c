#include "media/draw_text.h"

char *draw_txt(const struct drawing *drawing, size_t *len)
{
    struct buf out = {0};

    buf_printf(&out, "This file stands in for one that a model writes. It has the number %u.\n",
               (unsigned)(drawing->look % 1000000));
    return buf_take(&out, len);
}

char *draw_json(const struct drawing *drawing, size_t *len)
{
    struct buf out = {0};

    buf_printf(&out, "{\"made_by\":\"replicate-mock\",\"number\":%u}\n", (unsigned)(drawing->look % 1000000));
    return buf_take(&out, len);
}
