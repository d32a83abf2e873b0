#include "base/mem.h"
#include "image/decoders.h"

#include <spng.h>
#include <stdlib.h>
#include <string.h>

/* Of a chunk, and of all that the library keeps of them: what Pillow allows texts, inflated. At most 1000 of them is the
 * library's own bound. */
enum { CHUNKS_MAX = 64 * 1024 * 1024 };

enum { PIXEL_BYTE_WORK = 4, FILE_BYTE_WORK = 10 };

/* Adam7: the columns that a pass brings, its first and from there on each so many. */
static const struct columns {
    int first, step;
} adam7[] = {{0, 8}, {4, 8}, {0, 4}, {2, 4}, {0, 2}, {1, 2}, {0, 1}};

static const struct columns all_columns = {0, 1};

static enum decoded verdict_of(int error)
{
    // Of all errors these alone mean that the file or the picture's data in it end too early.
    if (error == SPNG_IO_EOF || error == SPNG_EIDAT_TOO_SHORT)
        return DECODED_TRUNCATED;
    return error == SPNG_EFILTER ? DECODED_UNRECOGNIZED : DECODED_BROKEN;
}

/* All that stands before the picture's data, and no longer: the texts behind them nobody asks for. */
static bool read_head(spng_ctx *png, struct slice file, struct spng_ihdr *header)
{
    struct spng_plte palette;

    if (!png || spng_set_png_buffer(png, file.data, file.len) != SPNG_OK ||
        spng_set_chunk_limits(png, CHUNKS_MAX, CHUNKS_MAX) != SPNG_OK ||
        spng_set_crc_action(png, SPNG_CRC_ERROR, SPNG_CRC_ERROR) != SPNG_OK || spng_get_ihdr(png, header) != SPNG_OK)
        return false;
    if (!bitmap_fits((int)header->width, (int)header->height))
        return true;                          // enough is known of it
    int error = spng_get_plte(png, &palette); // for its sake the chunks are read
    return error == SPNG_OK || error == SPNG_ECHUNKAVAIL;
}

/* Row by row, and of an interlaced picture pass by pass, so that beside the bitmap one row is in memory. */
static enum decoded read_rows(spng_ctx *png, struct decoding *decoding, bool interlaced, uint8_t *rgba)
{
    struct bitmap *picture = decoding->picture;
    struct spng_row_info row;
    int error;

    while ((error = spng_get_row_info(png, &row)) == SPNG_OK) {
        error = spng_decode_row(png, rgba, (size_t)4 * (size_t)picture->width);
        if (error != SPNG_OK && error != SPNG_EOI)
            break;
        struct columns columns = interlaced ? adam7[row.pass] : all_columns;
        uint8_t *rgb = bitmap_row(picture, (int)row.row_num);
        for (int x = columns.first; x < picture->width; x += columns.step)
            decoding_put_rgba(rgb + (size_t)3 * (size_t)x, rgba + (size_t)4 * (size_t)x);
    }
    return error == SPNG_EOI ? DECODED : verdict_of(error);
}

/* Sixteen bits become eight by their high byte, which is what Pillow does with colours. */
static enum decoded read_pixels(spng_ctx *png, struct decoding *decoding, bool interlaced)
{
    int error = spng_decode_image(png, NULL, 0, SPNG_FMT_RGBA8, SPNG_DECODE_PROGRESSIVE | SPNG_DECODE_TRNS);

    if (error != SPNG_OK)
        return verdict_of(error);
    spng_set_crc_action(png, SPNG_CRC_USE, SPNG_CRC_ERROR); // Pillow has no look at the checksums of these data
    decoding->picture = bitmap_new(decoding->width, decoding->height);
    uint8_t *rgba = xcalloc((size_t)decoding->width, 4);
    enum decoded verdict = read_rows(png, decoding, interlaced, rgba);
    free(rgba);
    return verdict;
}

static bool takes_too_long(const struct spng_ihdr *header, size_t file_len)
{
    static const int channels[] = {[SPNG_COLOR_TYPE_GRAYSCALE] = 1,
                                   [SPNG_COLOR_TYPE_TRUECOLOR] = 3,
                                   [SPNG_COLOR_TYPE_INDEXED] = 1,
                                   [SPNG_COLOR_TYPE_GRAYSCALE_ALPHA] = 2,
                                   [SPNG_COLOR_TYPE_TRUECOLOR_ALPHA] = 4};
    int bytes = channels[header->color_type] * (header->bit_depth == 16 ? 2 : 1); // of a pixel

    return (int64_t)header->width * header->height * bytes * PIXEL_BYTE_WORK + (int64_t)file_len * FILE_BYTE_WORK >
           DECODING_WORK_MAX;
}

/* Within a chunk in front of the picture's data: Pillow reads each whole, its checksum for itself. */
static bool ends_in_chunk(struct slice file)
{
    const uint8_t *bytes = (const uint8_t *)file.data;
    size_t at = 8;

    while (at + 8 <= file.len && memcmp(bytes + at + 4, "IDAT", 4) != 0) {
        at += 8 + ((size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3]);
        if (at > file.len)
            return true;
        at += 4;
    }
    return false;
}

enum decoded decode_png(struct decoding *decoding)
{
    spng_ctx *png = spng_ctx_new(0);
    struct spng_ihdr header;
    enum decoded verdict = ends_in_chunk(decoding->file) ? DECODED_TRUNCATED : DECODED_NOT_A_PICTURE;

    if (read_head(png, decoding->file, &header)) {
        verdict = decoding_size(decoding, (int)header.width, (int)header.height);
        if (verdict == DECODED && takes_too_long(&header, decoding->file.len))
            verdict = DECODED_TOO_LARGE;
        if (verdict == DECODED)
            verdict = read_pixels(png, decoding, header.interlace_method != SPNG_INTERLACE_NONE);
    }
    spng_ctx_free(png);
    return verdict;
}
