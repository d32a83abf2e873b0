#include "maps/control_map.h"
#include "image/scale.h"

#include <string.h>

/* Which size a structure's map has, by the model's code and controlnet_aux 0.0.5, which it calls. */
enum map_size {
    SIZE_OF_PICTURE,    // cv2.Canny gets the picture as it is; seg is brought back to its size
    SIZE_OF_DETECTOR,   // "detect_resolution=512, image_resolution=512"
    SIZE_OF_RESOLUTION, // midas: "image_resolution=image_resolution"
};

/* Ours: the model takes pictures as they are, a camera's whole. */
enum { LARGE_PIXELS = 4 * 1024 * 1024, LARGE_SIDE = 2048 };

enum { DETECTOR_RESOLUTION = 512, STEP = 64 };

static struct bitmap *canny(const struct bitmap *picture, const struct control_map_wish *wish)
{
    return map_canny(picture, wish->low_threshold, wish->high_threshold);
}

static const struct {
    const char *name;
    enum map_size size;
    struct bitmap *(*map)(const struct bitmap *picture);
} structures[STRUCTURES] = {
    [STRUCTURE_CANNY] = {"canny", SIZE_OF_PICTURE, NULL}, // canny alone heeds more of the wish
    [STRUCTURE_DEPTH] = {"depth", SIZE_OF_RESOLUTION, map_depth},
    [STRUCTURE_HED] = {"hed", SIZE_OF_DETECTOR, map_hed},
    [STRUCTURE_HOUGH] = {"hough", SIZE_OF_DETECTOR, map_hough},
    [STRUCTURE_NORMAL] = {"normal", SIZE_OF_RESOLUTION, map_normal},
    [STRUCTURE_POSE] = {"pose", SIZE_OF_DETECTOR, map_pose},
    [STRUCTURE_SCRIBBLE] = {"scribble", SIZE_OF_DETECTOR, map_scribble},
    [STRUCTURE_SEG] = {"seg", SIZE_OF_PICTURE, map_seg},
};

const char *structure_name(enum structure structure)
{
    return structures[structure].name;
}

bool structure_parse(const char *name, enum structure *structure)
{
    for (int i = 0; i < STRUCTURES; i++)
        if (strcmp(name, structures[i].name) == 0) {
            *structure = (enum structure)i;
            return true;
        }
    return false;
}

/* int(numpy.round(side / 64.0)) * 64: a half goes to the even neighbour, 160 becomes 128 and 224 becomes 256. Never 0,
 * and not above `most`: ours, a picture of 1 x 20000 would ask for one of 512 x 10240000. */
static int round_side(double side, int most)
{
    if (side >= most)
        return most;
    int count = (int)(side / STEP);
    double rest = side / STEP - count;
    if (rest > 0.5 || (rest == 0.5 && count % 2 == 1))
        count++;
    return count > 0 ? count * STEP : STEP;
}

void model_size(const struct bitmap *picture, int resolution, int *width, int *height)
{
    int smaller = picture->width < picture->height ? picture->width : picture->height;
    double scale = (double)resolution / smaller;

    *width = round_side(picture->width * scale, MODEL_MAX_SIDE);
    *height = round_side(picture->height * scale, MODEL_MAX_SIDE);
}

static int at_least_1(int64_t side)
{
    return side > 0 ? (int)side : 1;
}

/* NULL: it is small enough to stay as it is. */
static struct bitmap *bounded(const struct bitmap *picture)
{
    int64_t width = picture->width, height = picture->height, longer = width > height ? width : height;

    if (width * height <= LARGE_PIXELS)
        return NULL;
    return scale_picture(picture, at_least_1(width * LARGE_SIDE / longer), at_least_1(height * LARGE_SIDE / longer));
}

/* NULL: it is to stay as it is. */
static struct bitmap *resized(const struct bitmap *picture, enum map_size size, int resolution)
{
    int width, height;

    if (size == SIZE_OF_PICTURE)
        return bounded(picture);
    model_size(picture, size == SIZE_OF_DETECTOR ? DETECTOR_RESOLUTION : resolution, &width, &height);
    return scale_picture(picture, width, height);
}

struct bitmap *control_map(const struct bitmap *picture, const struct control_map_wish *wish)
{
    struct bitmap *scaled = resized(picture, structures[wish->structure].size, wish->resolution);
    const struct bitmap *seen = scaled ? scaled : picture;
    struct bitmap *map = wish->structure == STRUCTURE_CANNY ? canny(seen, wish) : structures[wish->structure].map(seen);

    bitmap_free(scaled);
    return map;
}
