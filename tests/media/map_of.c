/* The control map of a picture, for eyes and for comparisons with the programs that make real ones: reads a PPM (P6), and
 * writes the map as one. The picture is taken as it is: nothing is scaled.
 *
 * Usage: map_of STRUCTURE [LOW HIGH] <picture.ppm >map.ppm */
#include "maps/control_map.h"

#include <stdio.h>
#include <stdlib.h>

static struct bitmap *read_ppm(FILE *file)
{
    int width, height;

    if (fscanf(file, "P6 %d %d 255", &width, &height) != 2 || fgetc(file) == EOF)
        return NULL;
    struct bitmap *bitmap = bitmap_new(width, height);
    if (bitmap && fread(bitmap->rgb, bitmap_row_len(bitmap), (size_t)height, file) == (size_t)height)
        return bitmap;
    bitmap_free(bitmap);
    return NULL;
}

static void write_ppm(const struct bitmap *bitmap, FILE *file)
{
    fprintf(file, "P6\n%d %d\n255\n", bitmap->width, bitmap->height);
    fwrite(bitmap->rgb, bitmap_row_len(bitmap), (size_t)bitmap->height, file);
}

static struct bitmap *(*const maps[STRUCTURES])(const struct bitmap *) = {
    [STRUCTURE_DEPTH] = map_depth,   [STRUCTURE_HED] = map_hed,   [STRUCTURE_HOUGH] = map_hough,
    [STRUCTURE_NORMAL] = map_normal, [STRUCTURE_POSE] = map_pose, [STRUCTURE_SCRIBBLE] = map_scribble,
    [STRUCTURE_SEG] = map_seg,
};

int main(int argc, char **argv)
{
    enum structure structure;

    if (argc < 2 || !structure_parse(argv[1], &structure) || argc != (maps[structure] ? 2 : 4)) {
        fprintf(stderr,
                "usage: map_of STRUCTURE <picture.ppm >map.ppm\n       map_of canny LOW HIGH <picture.ppm >map.ppm\n");
        return 2;
    }
    struct bitmap *picture = read_ppm(stdin);
    if (!picture) {
        fprintf(stderr, "map_of: that is no PPM of the kind P6 with 255 as its maximum, or not all of one\n");
        return 1;
    }
    struct bitmap *map = maps[structure] ? maps[structure](picture) : map_canny(picture, atoi(argv[2]), atoi(argv[3]));
    write_ppm(map, stdout);
    bitmap_free(picture);
    bitmap_free(map);
    return ferror(stdout) || fflush(stdout) != 0;
}
