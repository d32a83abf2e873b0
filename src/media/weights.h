/* The file that a training leaves behind: a tar with one file of weights in it, as the trainers that publish LoRAs write
 * them, so that what unpacks the real one unpacks this. There are no weights in it. */
#ifndef MEDIA_WEIGHTS_H
#define MEDIA_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

/* malloc'd, *len long. A function of the arguments alone: which training it is (its id), and when it ended, in seconds. */
char *weights_tar(const char *training, int64_t seconds, size_t *len);

#endif
