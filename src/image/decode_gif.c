#include "base/mem.h"
#include "image/decoders.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

/* Of a pixel, of a code of the compressed data, and of a code that has the library forget its table of 4096 entries: such
 * ones are as short as three bits and make no pixel, so that a file may be millions of them. */
enum { PIXEL_WORK = 10, CODE_WORK = 10, CLEAR_WORK = 640 };

struct gif {
    GifFileType *file;
    struct slice left; // what was not read yet
    int transparent;   // a colour's number, or NO_TRANSPARENT_COLOR
    uint8_t colours[256][3];
};

static int read_bytes(GifFileType *file, GifByteType *into, int len)
{
    struct slice *left = &((struct gif *)file->UserData)->left;
    size_t count = (size_t)len < left->len ? (size_t)len : left->len;

    memcpy(into, left->data, count);
    *left = (struct slice){left->data + count, left->len - count};
    return (int)count;
}

/* The library's reasons tell a file that ends too early by what it was reading; that all was read tells it too. To Pillow it
 * is the same where the picture's data say that they end, and rows are missing. */
static enum decoded verdict_of(const struct gif *gif)
{
    return gif->left.len == 0 || gif->file->Error == D_GIF_ERR_EOF_TOO_SOON ? DECODED_TRUNCATED : DECODED_BROKEN;
}

/* Extensions are lists of blocks; only the first block of the graphic control extension matters here. */
static bool read_extension(struct gif *gif)
{
    GraphicsControlBlock control;
    GifByteType *block;
    int code;

    if (DGifGetExtension(gif->file, &code, &block) == GIF_ERROR)
        return false;
    if (code == GRAPHICS_EXT_FUNC_CODE && block && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        gif->transparent = control.TransparentColor;
    while (block)
        if (DGifGetExtensionNext(gif->file, &block) == GIF_ERROR)
            return false;
    return true;
}

/* False: there is none. */
static bool find_frame(struct gif *gif)
{
    GifRecordType type;

    gif->transparent = NO_TRANSPARENT_COLOR;
    while (DGifGetRecordType(gif->file, &type) == GIF_OK) {
        if (type == IMAGE_DESC_RECORD_TYPE)
            return DGifGetImageDesc(gif->file) == GIF_OK && gif->file->Image.Width > 0 && gif->file->Image.Height > 0;
        if (type != EXTENSION_RECORD_TYPE || !read_extension(gif))
            return false;
    }
    return false;
}

/* Goes through the first frame's codes, whose smallest number of bits stands before them, and decodes nothing. What is
 * wrong with them is found later. */
static bool takes_too_long(struct slice file)
{
    struct gif gif = {.left = file};
    int code, error;

    gif.file = DGifOpen(&gif, read_bytes, &error);
    if (!gif.file)
        return false;
    bool found = find_frame(&gif);
    int64_t work = (int64_t)gif.file->Image.Width * gif.file->Image.Height * PIXEL_WORK;
    int clear = 1 << (gif.left.data[-1] & 15); // 2 to 8: the library has refused others
    while (found && work <= DECODING_WORK_MAX && DGifGetLZCodes(gif.file, &code) == GIF_OK && code >= 0)
        work += code == clear ? CLEAR_WORK : CODE_WORK;
    DGifCloseFile(gif.file, &error);
    return work > DECODING_WORK_MAX;
}

/* As Pillow shows what it is not told: colours that no palette has are greys; what is transparent comes out white. */
static void collect_colours(struct gif *gif)
{
    const ColorMapObject *map = gif->file->Image.ColorMap ? gif->file->Image.ColorMap : gif->file->SColorMap;

    for (int i = 0; i < 256; i++)
        memset(gif->colours[i], i, 3);
    for (int i = 0; map && i < map->ColorCount && i < 256; i++) {
        gif->colours[i][0] = map->Colors[i].Red;
        gif->colours[i][1] = map->Colors[i].Green;
        gif->colours[i][2] = map->Colors[i].Blue;
    }
    if (gif->transparent >= 0 && gif->transparent < 256)
        memset(gif->colours[gif->transparent], 255, 3);
}

/* The canvas around a first frame that does not fill it: transparent where a colour is, otherwise the palette's first
 * one. Pillow does not heed the background colour here. */
static void fill_canvas(const struct gif *gif, struct bitmap *picture)
{
    const uint8_t *colour = gif->colours[gif->transparent >= 0 ? gif->transparent : 0];
    size_t pixels = (size_t)picture->width * (size_t)picture->height;

    for (size_t i = 0; i < pixels; i++)
        memcpy(picture->rgb + 3 * i, colour, 3);
}

static bool read_row(const struct gif *gif, struct bitmap *picture, int row, uint8_t *numbers)
{
    const GifImageDesc *frame = &gif->file->Image;
    uint8_t *rgb = bitmap_row(picture, frame->Top + row) + (size_t)3 * (size_t)frame->Left;

    if (DGifGetLine(gif->file, numbers, frame->Width) == GIF_ERROR)
        return false;
    for (int x = 0; x < frame->Width; x++)
        memcpy(rgb + (size_t)3 * (size_t)x, gif->colours[numbers[x]], 3);
    return true;
}

static bool read_rows(const struct gif *gif, struct bitmap *picture, uint8_t *numbers)
{
    static const struct {
        int first, step;
    } passes[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    const GifImageDesc *frame = &gif->file->Image;

    if (!frame->Interlace) {
        for (int row = 0; row < frame->Height; row++)
            if (!read_row(gif, picture, row, numbers))
                return false;
        return true;
    }
    for (int pass = 0; pass < 4; pass++)
        for (int row = passes[pass].first; row < frame->Height; row += passes[pass].step)
            if (!read_row(gif, picture, row, numbers))
                return false;
    return true;
}

static enum decoded read_pixels(struct gif *gif, struct decoding *decoding)
{
    decoding->picture = bitmap_new(decoding->width, decoding->height);
    collect_colours(gif);
    fill_canvas(gif, decoding->picture);
    uint8_t *numbers = xmalloc((size_t)gif->file->Image.Width);
    bool all = read_rows(gif, decoding->picture, numbers);
    free(numbers);
    return all ? DECODED : verdict_of(gif);
}

static int larger(int one, int other)
{
    return one > other ? one : other;
}

/* The canvas is the logical screen, widened where the frame passes its edge, as in Pillow. */
static enum decoded read_first_frame(struct gif *gif, struct decoding *decoding)
{
    const GifImageDesc *frame = &gif->file->Image;

    if (!find_frame(gif))
        return DECODED_NOT_A_PICTURE;
    enum decoded verdict = decoding_size(decoding, larger(gif->file->SWidth, frame->Left + frame->Width),
                                         larger(gif->file->SHeight, frame->Top + frame->Height));
    if (verdict == DECODED && takes_too_long(decoding->file))
        verdict = DECODED_TOO_LARGE;
    return verdict == DECODED ? read_pixels(gif, decoding) : verdict;
}

enum decoded decode_gif(struct decoding *decoding)
{
    struct gif gif = {.left = decoding->file};
    enum decoded verdict = DECODED_NOT_A_PICTURE;
    int error;

    gif.file = DGifOpen(&gif, read_bytes, &error);
    if (!gif.file)
        return verdict;
    verdict = read_first_frame(&gif, decoding);
    DGifCloseFile(gif.file, &error);
    return verdict;
}
