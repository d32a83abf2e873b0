#include "media/control_map.h"
#include "media/scale.h"

struct bitmap *map_pose(const struct bitmap *picture)
{
    return scale_map(picture, picture->width, picture->height);
}
