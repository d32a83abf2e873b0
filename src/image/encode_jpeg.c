#include "image/encode.h"
#include "base/buf.h"
#include "base/mem.h"

// jpeglib.h wants size_t and FILE declared before it.
#include <stdio.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>

enum {
    TEXT_MAX = 1024, // bytes: what of a text a viewer shows at once
    CHUNK = 4096,    // of the file, as the library hands it over
};

/* On the heap: what longjmp comes back to must find it as it was left. */
struct attempt {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf given_up;
    struct buf comment, file;
    JOCTET chunk[CHUNK];
    bool done;
};

/* The library calls this where it cannot go on; it must not return. */
static void give_up(j_common_ptr jpeg)
{
    struct attempt *attempt = jpeg->client_data;

    longjmp(attempt->given_up, 1);
}

static void say_nothing(j_common_ptr jpeg, int level)
{
    (void)jpeg;
    (void)level;
}

/* --- where the file goes: the library's own growing buffer is lost, and freed twice, where it can grow no more ------- */

static void begin_chunk(j_compress_ptr jpeg)
{
    struct attempt *attempt = jpeg->client_data;

    attempt->destination.next_output_byte = attempt->chunk;
    attempt->destination.free_in_buffer = CHUNK;
}

static boolean end_chunk(j_compress_ptr jpeg)
{
    struct attempt *attempt = jpeg->client_data;

    buf_add(&attempt->file, attempt->chunk, CHUNK); // whole, whatever free_in_buffer says: it is the library's rule
    begin_chunk(jpeg);
    return TRUE;
}

static void end_file(j_compress_ptr jpeg)
{
    struct attempt *attempt = jpeg->client_data;

    buf_add(&attempt->file, attempt->chunk, CHUNK - attempt->destination.free_in_buffer);
}

/* --- what stands in it ----------------------------------------------------------------------------------------------- */

static size_t shown_len(const char *text)
{
    size_t len = strnlen(text, TEXT_MAX);

    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) // not within a character
        len--;
    return len;
}

/* A JPEG has no place for texts of a name each; a comment is what viewers show. */
static void put_comment(struct attempt *attempt, const struct image_about *about)
{
    struct buf *comment = &attempt->comment;

    for (size_t i = 0; i < about->count; i++) {
        const char *text = about->texts[i].text;
        if (!text || !*text)
            continue;
        buf_printf(comment, "%s: ", about->texts[i].keyword);
        buf_add(comment, text, shown_len(text));
        buf_char(comment, '\n');
    }
    if (comment->len > 0)
        jpeg_write_marker(&attempt->jpeg, JPEG_COM, (const JOCTET *)comment->data, (unsigned)comment->len);
}

static void compress(struct attempt *attempt, const struct bitmap *picture, const struct image_about *about)
{
    struct jpeg_compress_struct *jpeg = &attempt->jpeg;

    jpeg_create_compress(jpeg);
    jpeg->dest = &attempt->destination;
    jpeg->image_width = (JDIMENSION)picture->width;
    jpeg->image_height = (JDIMENSION)picture->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg->dct_method = JDCT_ISLOW; // the same bits on every machine, which the quick one does not promise
    jpeg_set_quality(jpeg, about->quality, TRUE);
    jpeg_start_compress(jpeg, TRUE);
    put_comment(attempt, about);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = bitmap_row(picture, (int)jpeg->next_scanline);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    attempt->done = true;
}

char *encode_jpeg(const struct bitmap *picture, const struct image_about *about, size_t *len)
{
    struct attempt *attempt = xnew(struct attempt);

    attempt->jpeg.err = jpeg_std_error(&attempt->errors);
    attempt->jpeg.client_data = attempt;
    attempt->errors.error_exit = give_up;
    attempt->errors.emit_message = say_nothing;
    attempt->destination.init_destination = begin_chunk;
    attempt->destination.empty_output_buffer = end_chunk;
    attempt->destination.term_destination = end_file;
    if (setjmp(attempt->given_up) == 0)
        compress(attempt, picture, about);
    jpeg_destroy_compress(&attempt->jpeg);
    buf_free(&attempt->comment);
    if (!attempt->done)
        buf_free(&attempt->file);
    char *bytes = buf_take(&attempt->file, len);
    free(attempt);
    return bytes;
}
