#include "base/mem.h"
#include "image/decoders.h"

#include <stdio.h> // jpeglib.h needs it
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>

enum {
    MEMORY_MAX = 256 * 1024 * 1024, // of the coefficients that are kept between the scans of a progressive one
    SCANS_MAX = 500, // an honest one has a dozen; each costs as much as a picture, and is a few bytes long
    ARITHMETIC_WORK = 128,
    PROGRESSIVE_WORK = 32,
    BASELINE_WORK = 10, // of a byte
};

struct jpeg {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    size_t file_len;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf failed; // set by whoever calls the library
    enum decoded why;
    uint8_t *cmyk; // one row
};

/* ---- What the library calls ---- */

static void fail(j_common_ptr info, enum decoded why)
{
    struct jpeg *jpeg = info->client_data;

    jpeg->why = why;
    longjmp(jpeg->failed, 1);
}

static void on_error(j_common_ptr info)
{
    // What does not fit MEMORY_MAX would go to a file, which neither Debian's build nor Ubuntu's can.
    fail(info, info->err->msg_code == JERR_NO_BACKING_STORE ? DECODED_TOO_LARGE : DECODED_BROKEN);
}

/* Traces, and warnings of data that make no sense: Pillow is silent as well and takes what comes. */
static void on_message(j_common_ptr info, int level)
{
    (void)info;
    (void)level;
}

static void on_output(j_common_ptr info)
{
    (void)info;
}

static void source_begin(j_decompress_ptr info)
{
    (void)info;
}

static boolean source_is_empty(j_decompress_ptr info)
{
    fail((j_common_ptr)info, DECODED_TRUNCATED);
    return FALSE;
}

static void source_skip(j_decompress_ptr info, long count)
{
    if (count <= 0)
        return;
    if ((size_t)count > info->src->bytes_in_buffer)
        fail((j_common_ptr)info, DECODED_TRUNCATED);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

static void source_end(j_decompress_ptr info)
{
    (void)info;
}

static int64_t work_of(const struct jpeg_decompress_struct *info, size_t file_len)
{
    int64_t pixels = (int64_t)info->image_width * info->image_height;
    int64_t bytes = (int64_t)(file_len - info->src->bytes_in_buffer);
    int of_byte = info->arith_code ? ARITHMETIC_WORK : info->progressive_mode ? PROGRESSIVE_WORK : BASELINE_WORK;

    return pixels * info->input_scan_number + bytes * of_byte;
}

/* Called at least once for each row of blocks in each scan. */
static void on_progress(j_common_ptr info)
{
    const struct jpeg *jpeg = info->client_data;

    if (jpeg->info.input_scan_number > SCANS_MAX)
        fail(info, DECODED_BROKEN);
    if (work_of(&jpeg->info, jpeg->file_len) > DECODING_WORK_MAX)
        fail(info, DECODED_TOO_LARGE);
}

/* ---- What calls it ---- */

static void jpeg_begin(struct jpeg *jpeg, struct slice file)
{
    struct jpeg_decompress_struct *info = &jpeg->info;

    jpeg->file_len = file.len;
    info->err = jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = on_error;
    jpeg->errors.emit_message = on_message;
    jpeg->errors.output_message = on_output;
    info->client_data = jpeg;
    jpeg_create_decompress(info);
    info->mem->max_memory_to_use = MEMORY_MAX;
    jpeg->source = (struct jpeg_source_mgr){.next_input_byte = (const JOCTET *)file.data,
                                            .bytes_in_buffer = file.len,
                                            .init_source = source_begin,
                                            .fill_input_buffer = source_is_empty,
                                            .skip_input_data = source_skip,
                                            .resync_to_restart = jpeg_resync_to_restart,
                                            .term_source = source_end};
    info->src = &jpeg->source;
    jpeg->progress.progress_monitor = on_progress;
    info->progress = &jpeg->progress;
}

/* Within a segment, which Pillow reads whole; between two of them it has other words for the end. */
static bool ends_in_segment(struct slice file)
{
    const uint8_t *bytes = (const uint8_t *)file.data;
    size_t at = 2;

    while (at + 4 <= file.len) {
        unsigned marker = bytes[at + 1];
        if (bytes[at] != 0xff || marker == 0xff)
            at++;
        else if (marker <= 1 || (marker >= 0xd0 && marker <= 0xd9)) // has no segment
            at += 2;
        else
            at += 2 + ((size_t)bytes[at + 2] << 8 | bytes[at + 3]);
    }
    return at > file.len;
}

/* Pillow reads the head for itself, without looking into tables: once it has the size, what is wrong in them is found only
 * when it hands all to the library. */
static enum decoded verdict_of_head(const struct jpeg *jpeg, struct slice file)
{
    if (jpeg->why == DECODED_BROKEN && jpeg->info.image_width > 0)
        return DECODED_BROKEN;
    return jpeg->why == DECODED_TRUNCATED && ends_in_segment(file) ? DECODED_TRUNCATED : DECODED_NOT_A_PICTURE;
}

/* Up to the first scan. Pillow knows pictures of one, three and four components. */
static enum decoded read_head(struct jpeg *jpeg, struct decoding *decoding)
{
    if (setjmp(jpeg->failed))
        return verdict_of_head(jpeg, decoding->file);
    jpeg_read_header(&jpeg->info, TRUE);
    int components = jpeg->info.num_components;
    if (components != 1 && components != 3 && components != 4)
        return DECODED_NOT_A_PICTURE;
    jpeg->info.out_color_space = components == 4 ? JCS_CMYK : JCS_RGB;
    return decoding_size(decoding, (int)jpeg->info.image_width, (int)jpeg->info.image_height);
}

/* Of a progressive one this reads all scans. */
static enum decoded start(struct jpeg *jpeg)
{
    if (setjmp(jpeg->failed))
        return jpeg->why;
    jpeg_start_decompress(&jpeg->info);
    return DECODED;
}

/* As Pillow has it, Adobe's convention whether or not its marker is there: 255 is no ink. */
static void put_cmyk(uint8_t *rgb, const uint8_t *cmyk, int count)
{
    for (; count > 0; count--, rgb += 3, cmyk += 4)
        for (int i = 0; i < 3; i++) {
            unsigned ink = (unsigned)(255 - cmyk[i]) * cmyk[3] + 128;
            int shade = cmyk[3] - (int)((ink + (ink >> 8)) >> 8); // divided by 255, and rounded
            rgb[i] = (uint8_t)(shade > 0 ? shade : 0);
        }
}

/* An end that comes with the last row or behind it does no harm. */
static enum decoded read_rows(struct jpeg *jpeg, struct bitmap *picture)
{
    struct jpeg_decompress_struct *info = &jpeg->info;

    if (setjmp(jpeg->failed))
        return jpeg->why;
    while (info->output_scanline < info->output_height) {
        uint8_t *row = bitmap_row(picture, (int)info->output_scanline);
        JSAMPROW into = jpeg->cmyk ? jpeg->cmyk : row;
        jpeg_read_scanlines(info, &into, 1);
        if (jpeg->cmyk)
            put_cmyk(row, jpeg->cmyk, picture->width);
    }
    return DECODED;
}

static enum decoded read_pixels(struct jpeg *jpeg, struct decoding *decoding)
{
    enum decoded verdict = start(jpeg);

    if (verdict != DECODED)
        return verdict;
    decoding->picture = bitmap_new(decoding->width, decoding->height);
    if (jpeg->info.out_color_space == JCS_CMYK)
        jpeg->cmyk = xcalloc((size_t)decoding->width, 4);
    return read_rows(jpeg, decoding->picture);
}

enum decoded decode_jpeg(struct decoding *decoding)
{
    struct jpeg *jpeg = xnew(struct jpeg);

    jpeg_begin(jpeg, decoding->file);
    enum decoded verdict = read_head(jpeg, decoding);
    if (verdict == DECODED)
        verdict = read_pixels(jpeg, decoding);
    jpeg_destroy_decompress(&jpeg->info);
    free(jpeg->cmyk);
    free(jpeg);
    return verdict;
}
