/* Blurs of a plane, in its place. */
#ifndef IMAGE_BLUR_H
#define IMAGE_BLUR_H

#include "image/plane.h"

enum { BLUR_MAX_RADIUS = 1024 };

/* Each becomes the mean of the 2 * radius + 1 by 2 * radius + 1 around it, rounded down; what lies outside is as the nearest
 * inside. As quick for a large radius as for a small one. Three in a row are near to a Gaussian blur whose sigma is the root
 * of radius * (radius + 1). */
void blur_box(struct plane *plane, int radius); /* 0 to BLUR_MAX_RADIUS */

/* By a Gaussian, out to four sigma, as cv2.GaussianBlur has it of floats; what lies outside is mirrored, without the outermost
 * pixel itself. Its time grows with sigma. */
void blur_gaussian(struct plane *plane, double sigma); /* 0.5 to 16 */

#endif
