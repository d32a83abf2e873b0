#include "media/control_map.h"
#include "media/scale.h"

struct bitmap *map_canny(const struct bitmap *picture, int low_threshold, int high_threshold)
{
    (void)low_threshold;
    (void)high_threshold;
    return scale_map(picture, picture->width, picture->height);
}
