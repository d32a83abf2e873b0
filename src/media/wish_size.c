/* Sizes of pictures and videos: what an input asks for, in the order in which published models heed it. */
#include "media/draw_webm.h"
#include "media/wishes.h"

#include <math.h>
#include <stdlib.h>

struct size {
    double width, height;
};

/* What FLUX, Stable Diffusion 3 and what was made of them draw for a ratio: a megapixel, sides a multiple of 64. */
static const struct {
    const char *ratio;
    struct size size;
} flux[] = {
    {"1:1", {1024, 1024}}, {"16:9", {1344, 768}}, {"21:9", {1536, 640}}, {"3:2", {1216, 832}},
    {"2:3", {832, 1216}},  {"4:5", {896, 1088}},  {"5:4", {1088, 896}},  {"3:4", {896, 1152}},
    {"4:3", {1152, 896}},  {"9:16", {768, 1344}}, {"9:21", {640, 1536}},
};

static const char *const width_names[] = {"width", NULL}, *const height_names[] = {"height", NULL},
                         *const megapixel_names[] = {"megapixels", NULL};

/* "1024x1024", in newer models "1152*896"; also a number, which is the side of a square. */
static const char *const size_names[] = {"size",
                                         "resolution",
                                         "image_size",
                                         "image_resolution",
                                         "image_dimension",
                                         "image_dimensions",
                                         "aspect_ratios_selection",
                                         NULL};

enum { MEGAPIXEL = 1024 * 1024, STEP = 32, FINE_STEP = 16 };

static bool side_fits(double side)
{
    return side >= WISH_LEAST_SIDE && side <= WISH_MOST_SIDE && side == floor(side);
}

static double rounded(double side, int step)
{
    side = floor(side / step + 0.5) * step;
    side = side > WISH_LEAST_SIDE ? side : WISH_LEAST_SIDE;
    return side < WISH_MOST_SIDE ? side : WISH_MOST_SIDE;
}

/* Two numbers and what separates them: of ":" "16:9", of "x*" "1024x768". False: it is not of that form. */
static bool read_two(const char *text, const char *separators, struct size *size)
{
    char *end;

    if (!text || *text < '0' || *text > '9')
        return false;
    size->width = strtod(text, &end);
    if (*end == '\0' || !strchr(separators, *end) || end[1] < '0' || end[1] > '9')
        return false;
    size->height = strtod(end + 1, &end);
    return *end == '\0' && size->width > 0 && size->height > 0;
}

/* The area is a megapixel, or as many as "megapixels" says: "1", "0.25". */
static bool size_of_ratio(const struct wishes *wishes, const char *ratio, enum file_kind kind, struct size *size)
{
    struct size sides;
    double megapixels = 1;

    if (!read_two(ratio, ":", &sides))
        return false;
    double quotient = sides.width / sides.height, side = sqrt(MEGAPIXEL * quotient);
    if (!(quotient >= 0.125 && quotient <= 8))
        return false;
    if (kind == FILE_WEBM) {
        *size = (struct size){VIDEO_MAX_SIDE * fmin(quotient, 1), VIDEO_MAX_SIDE / fmax(quotient, 1)};
        return true;
    }
    *size = (struct size){rounded(side, STEP), rounded(side / quotient, STEP)};
    for (size_t i = 0; i < sizeof(flux) / sizeof(*flux); i++)
        if (strcmp(ratio, flux[i].ratio) == 0)
            *size = flux[i].size;
    if (wishes_find(wishes, megapixel_names, 0.01, 4, &megapixels) && megapixels != 1) {
        double scale = sqrt(megapixels);
        *size = (struct size){rounded(size->width * scale, FINE_STEP), rounded(size->height * scale, FINE_STEP)};
    }
    return true;
}

static bool size_of_text(const cJSON *object, struct size *size)
{
    for (const char *const *name = size_names; *name; name++)
        if (read_two(json_get_string(object, *name), "x*", size) && side_fits(size->width) && side_fits(size->height))
            return true;
    return false;
}

/* An input that says "custom", or anything else that is no ratio, wants none by default either. */
static bool size_by_ratio(const struct wishes *wishes, enum file_kind kind, struct size *size)
{
    const char *ratio = json_get_string(wishes->input, "aspect_ratio");

    return size_of_ratio(wishes, ratio ? ratio : json_get_string(wishes->usual, "aspect_ratio"), kind, size);
}

static bool wishes_side(const struct wishes *wishes, const char *const *names, double *side)
{
    return (wish_find(wishes->input, names, WISH_LEAST_SIDE, WISH_MOST_SIDE, side) && side_fits(*side)) ||
           (wish_find(wishes->usual, names, WISH_LEAST_SIDE, WISH_MOST_SIDE, side) && side_fits(*side));
}

/* Where one is missing that, too, is by the schema or as a model likes. */
static bool size_by_sides(const struct wishes *wishes, struct size *size)
{
    double width = 0, height = 0;
    bool has_width = wishes_side(wishes, width_names, &width), has_height = wishes_side(wishes, height_names, &height);

    *size = (struct size){has_width ? width : WISH_SIDE, has_height ? height : WISH_SIDE};
    return has_width || has_height;
}

/* "720p" says nothing of a video, all of which are smaller. */
static bool size_by_side(const struct wishes *wishes, enum file_kind kind, struct size *size)
{
    double side;

    if (kind == FILE_WEBM || !wishes_side(wishes, size_names, &side))
        return false;
    *size = (struct size){side, side};
    return true;
}

void wishes_size(const struct wishes *wishes, enum file_kind kind, uint16_t *width, uint16_t *height)
{
    struct size size;
    bool found = size_of_text(wishes->input, &size) || size_by_ratio(wishes, kind, &size) ||
                 size_by_sides(wishes, &size) || size_of_text(wishes->usual, &size) ||
                 size_by_side(wishes, kind, &size);

    if (!found && kind == FILE_WEBM)
        size = (struct size){VIDEO_MAX_SIDE, VIDEO_MAX_SIDE * 9.0 / 16};
    else if (!found)
        size = (struct size){WISH_SIDE, WISH_SIDE};
    *width = (uint16_t)size.width;
    *height = (uint16_t)size.height;
    if (kind == FILE_WEBM)
        video_fit(width, height);
}
