#include "lib/suite.h"
#include "media/picture_error.h"

#include <string.h>

static const struct {
    enum decoded verdict;
    const char *head;
    size_t len;
    int width, height;
    const char *error;
} cases[] = {
    {DECODED_NOT_A_PICTURE, "hello", 5, 0, 0, "cannot identify image file {file}"},
    {DECODED_TRUNCATED, "\x89PNG", 700, 8, 8, "image file is truncated"},
    {DECODED_TRUNCATED, "\xff\xd8\xff", 702, 8, 8, "image file is truncated (3 bytes not processed)"},
    {DECODED_TRUNCATED, "\xff\xd8\xff", 20, 0, 0, "Truncated File Read"},
    {DECODED_TRUNCATED, "\x89PNG", 20, 0, 0, "Truncated File Read"},
    {DECODED_TRUNCATED, "GIF89a", 1000, 8, 8, "image file is truncated (208 bytes not processed)"},
    {DECODED_TRUNCATED, "GIF89a", 10, 8, 8, "image file is truncated (242 bytes not processed)"},
    {DECODED_TRUNCATED, "RIFF", 700, 8, 8, "could not create decoder object"},
    {DECODED_BROKEN, "\x89PNG", 700, 8, 8, "broken data stream when reading image file"},
    {DECODED_UNRECOGNIZED, "\x89PNG", 700, 8, 8, "unrecognized data stream contents when reading image file"},
    {DECODED_BROKEN, "RIFF", 700, 8, 8, "failed to read next frame"},
    {DECODED_TOO_LARGE, "\x89PNG", 700, 20000, 10000,
     "Image size (200000000 pixels) exceeds limit of 178956970 pixels, could be decompression bomb DOS attack."},
    {DECODED_TOO_LARGE, "\x89PNG", 700, 10000, 10000,
     "Image size (100000000 pixels) exceeds limit of 67108864 pixels, could be decompression bomb DOS attack."},
    {DECODED_TOO_LARGE, "\x89PNG", 700, 70000, 1,
     "image file of 700 bytes and 70000 x 1 pixels would take more time or memory to decode than this server allows"},
    {DECODED, "\x89PNG", 700, 8, 8, "broken data stream when reading image file"},
};

START_TEST(test_what_pillow_says)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        char file[1024] = "", error[MAKER_ERROR];
        strcpy(file, cases[i].head);
        picture_error(error, cases[i].verdict, (struct slice){file, cases[i].len}, cases[i].width, cases[i].height);
        ck_assert_str_eq(error, cases[i].error);
    }
}
END_TEST

SUITE("picture_error", test_what_pillow_says);
