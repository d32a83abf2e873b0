/* Control maps: what ControlNet takes from an input picture, of the kind that `structure` names. Canny's is the real one;
 * the others stand in for neural networks, with maps of the same kind that a person recognises. docs/fidelity.md says what
 * each is. All are the same bytes on every machine: integers, or doubles with + - * / and sqrt alone. */
#ifndef MAPS_CONTROL_MAP_H
#define MAPS_CONTROL_MAP_H

#include "image/bitmap.h"

#include <stdbool.h>

/* By the names of the model's schema. */
enum structure {
    STRUCTURE_CANNY,
    STRUCTURE_DEPTH,
    STRUCTURE_HED,
    STRUCTURE_HOUGH,
    STRUCTURE_NORMAL,
    STRUCTURE_POSE,
    STRUCTURE_SCRIBBLE,
    STRUCTURE_SEG,
    STRUCTURES
};

const char *structure_name(enum structure structure);
bool structure_parse(const char *name, enum structure *structure);

struct control_map_wish {
    enum structure structure;
    int low_threshold, high_threshold; /* of canny alone: 1 to 255 */
    int resolution;                    /* `image_resolution`: which depth and normal heed, the others are of 512 */
};

enum { MODEL_MAX_SIDE = 4096 };

/* "Resolution of output image (will be scaled to this as its smaller dimension)": both sides rounded to multiples of 64, in
 * the floating point of the model's own code, so that halves fall as there. No side is above MODEL_MAX_SIDE. */
void model_size(const struct bitmap *picture, int resolution, int *width, int *height);

/* The map of `picture`, in the size in which the model's own code has it; where that is the picture's own and the picture
 * is of more than 4 megapixels, of 2048 along its longer side. NULL: there is no room for it (bitmap_new). */
struct bitmap *control_map(const struct bitmap *picture, const struct control_map_wish *wish);

/* One for each structure: of a picture that has the map's size already. Never NULL for one that bitmap_new made. */
struct bitmap *map_canny(const struct bitmap *picture, int low_threshold, int high_threshold);
struct bitmap *map_hed(const struct bitmap *picture);
struct bitmap *map_scribble(const struct bitmap *picture);
struct bitmap *map_hough(const struct bitmap *picture);
struct bitmap *map_depth(const struct bitmap *picture);
struct bitmap *map_normal(const struct bitmap *picture);
struct bitmap *map_seg(const struct bitmap *picture);
struct bitmap *map_pose(const struct bitmap *picture);

#endif
