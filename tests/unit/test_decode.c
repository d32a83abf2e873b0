/* Input pictures: tests/pictures/ has one of each kind, and make.py there says what is in it. */
#include "base/buf.h"
#include "base/hash.h"
#include "image/decode.h"
#include "lib/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct sample {
    const char *name;
    int width, height;
    uint64_t pixels; // FNV-1a of their bytes
} samples[] = {
    {"rgb.png", 19, 13, 0x61d670723a01b0ad},
    {"rgb-interlaced.png", 19, 13, 0x61d670723a01b0ad},
    {"rgb16.png", 19, 13, 0x61d670723a01b0ad},
    {"rgba.png", 19, 13, 0xbc2dae4cf58d20c3},
    {"rgba16-interlaced.png", 19, 13, 0xbc2dae4cf58d20c3},
    {"grey.png", 19, 13, 0x64871db649217bd5},
    {"grey16.png", 19, 13, 0x64871db649217bd5},
    {"grey-alpha.png", 19, 13, 0x0ee2f6b52448a06b},
    {"grey-alpha16.png", 19, 13, 0x0ee2f6b52448a06b},
    {"grey1.png", 19, 13, 0xfa92e33185fbd17c},
    {"palette1-interlaced.png", 19, 13, 0xf4a1708295c6ff45},
    {"grey2.png", 19, 13, 0x60fa55def492f4a2},
    {"palette2-interlaced.png", 19, 13, 0x849efd1c53a7d885},
    {"grey4.png", 19, 13, 0xae8385dbdce3b906},
    {"palette4-interlaced.png", 19, 13, 0x112acc156ea7aebd},
    {"palette.png", 19, 13, 0x112acc156ea7aebd},
    {"palette-transparent.png", 19, 13, 0x95a3403a95af2398},
    {"rgb-transparent.png", 19, 13, 0x1d46ad71d4914a60},
    {"grey16-transparent.png", 19, 13, 0x7b52a79fe127c41d},
    {"one-pixel.png", 1, 1, 0xb9299f1a0cbd57b7},
    {"plain.gif", 19, 13, 0x112acc156ea7aebd},
    {"interlaced.gif", 19, 13, 0x112acc156ea7aebd},
    {"local-palette.gif", 19, 13, 0xefde93705bc8e6ea},
    {"no-palette.gif", 19, 13, 0x94fc69963a57fa96},
    {"transparent.gif", 19, 13, 0xd36ea38623292dce},
    {"part-transparent.gif", 19, 13, 0xc839a291877a7be6},
    {"part.gif", 19, 13, 0xb6b65f1a5482bee9},
    {"animated.gif", 19, 13, 0x112acc156ea7aebd},
    {"past-the-screen.gif", 22, 15, 0xe46ffa3ff3cc2344},
    {"baseline.jpg", 19, 13, 0xc5bcd571dc3cf481},
    {"full-chroma.jpg", 19, 13, 0xb9b51a0a142e3d6b},
    {"progressive.jpg", 19, 13, 0xc5bcd571dc3cf481},
    {"grey.jpg", 19, 13, 0x7a6cffc29a60262c},
    {"turned.jpg", 19, 13, 0xc5bcd571dc3cf481},
    {"cmyk.jpg", 19, 13, 0x595a615f93d52bd0},
    {"ycck.jpg", 19, 13, 0xe79b77853bbec188},
    {"restarts.jpg", 19, 13, 0xc5bcd571dc3cf481},
    {"lossy.webp", 19, 13, 0x4e7985b0c5f9033d},
    {"lossy-alpha.webp", 19, 13, 0xb2f03f0a6435097a},
    {"lossless.webp", 19, 13, 0x3d09f07796ab5dcf},
    {"lossless-alpha.webp", 19, 13, 0x7fc742687ec5d46d},
    {"extended.webp", 19, 13, 0x4e7985b0c5f9033d},
    {"animated.webp", 27, 23, 0x9dfbce043f698fa0},
    {"animated-part.webp", 27, 23, 0xb395589eeca5f853},
    {"animated-opaque.webp", 27, 23, 0x552c20217fdae745},
};

static struct buf load(const char *name)
{
    char path[512];
    struct buf bytes = {0};
    int byte;

    snprintf(path, sizeof(path), "%s/%s", PICTURES, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is not there", path);
    while ((byte = getc(file)) != EOF)
        buf_char(&bytes, (char)byte);
    fclose(file);
    return bytes;
}

static uint64_t hash_of(const struct bitmap *picture)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < bitmap_row_len(picture) * (size_t)picture->height; i++)
        hash = (hash ^ picture->rgb[i]) * UINT64_C(0x100000001b3);
    return hash;
}

struct seen {
    enum decoded verdict;
    int width, height;
    uint64_t pixels; // 0 unless it was decoded
};

/* From a copy that ends where the bytes end, so that a sanitizer sees who reads on. */
static struct seen see(const char *bytes, size_t len)
{
    struct bitmap *picture = NULL;
    struct seen seen = {0};
    char *copy = malloc(len ? len : 1);

    memcpy(copy, bytes, len);
    seen.verdict = decode_picture(&picture, (struct slice){copy, len}, &seen.width, &seen.height);
    ck_assert((seen.verdict == DECODED) == (picture != NULL));
    if (picture) {
        ck_assert(picture->width == seen.width && picture->height == seen.height);
        seen.pixels = hash_of(picture);
    }
    bitmap_free(picture);
    free(copy);
    return seen;
}

START_TEST(test_all_kinds)
{
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        struct buf file = load(sample->name);
        struct seen seen = see(file.data, file.len);
        ck_assert_msg(seen.verdict == DECODED, "%s: %d", sample->name, seen.verdict);
        ck_assert_msg(seen.width == sample->width && seen.height == sample->height, "%s: %dx%d", sample->name,
                      seen.width, seen.height);
        ck_assert_msg(seen.pixels == sample->pixels, "%s: pixels 0x%016" PRIx64, sample->name, seen.pixels);
        buf_free(&file);
    }
}
END_TEST

/* How much of a file was there, by what is said of it. */
static int progress_of(const struct seen *seen)
{
    if (seen->verdict == DECODED_NOT_A_PICTURE || (seen->verdict == DECODED_TRUNCATED && seen->width == 0))
        return 0;
    return seen->verdict == DECODED_TRUNCATED ? 1 : seen->verdict == DECODED ? 2 : -1;
}

/* An end that comes behind the last pixel does no harm; any other is noticed. */
START_TEST(test_cut_anywhere)
{
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        struct buf file = load(sample->name);
        int before = 0;
        for (size_t len = 0; len < file.len; len++) {
            struct seen seen = see(file.data, len);
            int progress = progress_of(&seen);
            ck_assert_msg(progress == before || progress == before + 1, "%s cut at %zu: %d", sample->name, len,
                          seen.verdict);
            ck_assert_msg(seen.verdict != DECODED || seen.pixels == sample->pixels, "%s cut at %zu", sample->name, len);
            before = progress;
        }
        ck_assert_msg(before > 0, "%s", sample->name);
        buf_free(&file);
    }
}
END_TEST

/* Pillow's two ways to say that a head is not all there: within a chunk or a segment, and between two. */
START_TEST(test_cut_in_the_head)
{
    static const struct {
        const char *name, *mark; /* of a chunk or a segment */
        size_t body, len;        /* from the mark on: where it begins, and how long it is */
    } heads[] = {{"palette.png", "IHDR", 4, 13},
                 {"palette.png", "PLTE", 4, 0},
                 {"baseline.jpg", "\xff\xe0", 4, 14},
                 {"baseline.jpg", "\xff\xc0", 4, 15},
                 {"baseline.jpg", "\xff\xda", 4, 10}};

    for (size_t i = 0; i < COUNT(heads); i++) {
        struct buf file = load(heads[i].name);
        const char *mark = memmem(file.data, file.len, heads[i].mark, strlen(heads[i].mark));
        size_t begin = (size_t)(mark - file.data) + heads[i].body;
        size_t len = heads[i].len > 0 ? heads[i].len : (unsigned char)mark[-1] + 256U * (unsigned char)mark[-2];
        bool scan = heads[i].mark[1] == '\xda';
        ck_assert_ptr_nonnull(mark);
        ck_assert_int_eq(see(file.data, begin - 1).verdict, DECODED_NOT_A_PICTURE);
        ck_assert_int_eq(see(file.data, begin).verdict, DECODED_TRUNCATED);
        ck_assert_int_eq(see(file.data, begin + len - 1).verdict, DECODED_TRUNCATED);
        ck_assert_int_eq(see(file.data, begin + len - 1).width, 0);
        ck_assert_int_eq(see(file.data, begin + len).verdict, scan ? DECODED_TRUNCATED : DECODED_NOT_A_PICTURE);
        ck_assert_int_eq(see(file.data, begin + len).width, scan ? 19 : 0);
        buf_free(&file);
    }
}
END_TEST

START_TEST(test_chance)
{
    struct rng rng = {.key = {1, 2}};

    for (size_t i = 0; i < COUNT(samples); i++) {
        struct buf file = load(samples[i].name);
        char *bytes = malloc(file.len);
        for (int round = 0; round < 40; round++) {
            memcpy(bytes, file.data, file.len);
            for (uint64_t changes = rng_next(&rng) % 4 + 1; changes > 0; changes--)
                bytes[rng_next(&rng) % file.len] = (char)rng_next(&rng);
            see(bytes, file.len);
        }
        free(bytes);
        buf_free(&file);
    }
}
END_TEST

/* ---- Verdicts ---- */

#define BYTES(literal) literal, sizeof(literal) - 1

/* Sizes that are told and not believed: of nothing that follows a byte is there. */
START_TEST(test_bombs)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        int width, height;
    } bombs[] = {
        {"png", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\2\0\0\0\x0f\xb0\xe2\x15"), 60000,
         60000},
        {"jpeg", BYTES("\xff\xd8\xff\xc0\0\x0b\x08\xea\x60\xea\x60\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0"), 60000,
         60000},
        {"gif", BYTES("GIF89a\x60\xea\x60\xea\0\0\0,\0\0\0\0\x60\xea\x60\xea\0\x08"), 60000, 60000},
        {"webp", BYTES("RIFF\xff\1\0\0WEBPVP8L\xff\0\0\0\x2f\xfe\xff\xff\x0f\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 16383,
         16384},
    };

    for (size_t i = 0; i < COUNT(bombs); i++) {
        struct seen seen = see(bombs[i].bytes, bombs[i].len);
        ck_assert_msg(seen.verdict == DECODED_TOO_LARGE, "%s: %d", bombs[i].name, seen.verdict);
        ck_assert_msg(seen.width == bombs[i].width && seen.height == bombs[i].height, "%s: %dx%d", bombs[i].name,
                      seen.width, seen.height);
    }
}
END_TEST

/* Slow kinds of files, much of them: nothing but their heads is read. */
START_TEST(test_what_takes_too_long)
{
    static const char png[] =
        "\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000\000\040\000\000\000\040\000\020\006\000"
        "\000\000\042\072\026\032\000\000\000\000\111\104\101\124\065\257\006\036";
    static const char webp[] = "RIFF\377\377\377\000WEBPVP8 \363\377\377\000\020\000\000\235\001\052\000\040\000\040";
    static const char jpeg[] =
        "\377\311\000\013\010\000\010\000\010\001\001\021\000\377\333\000\103\000\001\001\001\001\001\001\001\001\001"
        "\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001"
        "\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001\001"
        "\001\377\332\000\010\001\001\000\000\077\000\000\000\000\377\331";
    struct buf file = {0};

    struct seen seen = see(png, sizeof(png) - 1);
    ck_assert(seen.verdict == DECODED_TOO_LARGE && seen.width == 8192 && seen.height == 8192);
    buf_add(&file, webp, sizeof(webp) - 1);
    for (size_t i = file.len; i < (1 << 24) + 7; i++)
        buf_char(&file, '\0');
    seen = see(file.data, file.len);
    ck_assert(seen.verdict == DECODED_TOO_LARGE && seen.width == 8192 && seen.height == 8192);
    file.len = 0;
    buf_add(&file, "\377\330", 2);
    buf_add(&file, jpeg, sizeof(jpeg) - 1);
    ck_assert_int_eq(see(file.data, file.len).verdict, DECODED); // arithmetic coding
    file.len = 2;
    for (int i = 0; i < 160; i++) {
        buf_add(&file, "\377\376\377\377", 4);
        for (int byte = 0; byte < 65533; byte++)
            buf_char(&file, ' ');
    }
    buf_add(&file, jpeg, sizeof(jpeg) - 1);
    seen = see(file.data, file.len);
    ck_assert(seen.verdict == DECODED_TOO_LARGE && seen.width == 8 && seen.height == 8);
    buf_free(&file);
}
END_TEST

/* Codes of three bits that each have the decoder forget its table, so many in blocks of 255 bytes, and then the pixel. */
static void put_clearing_gif(struct buf *gif, int blocks)
{
    static const char head[] = "GIF89a\1\0\1\0\x80\0\0\1\2\3\4\5\6,\0\0\0\0\1\0\1\0\0\2";
    static const char clear[] = "\x24\x49\x92"; // eight times 4

    gif->len = 0;
    buf_add(gif, head, sizeof(head) - 1);
    for (int i = 0; i < blocks; i++) {
        buf_char(gif, '\xff');
        for (int byte = 0; byte < 255; byte += 3)
            buf_add(gif, clear, 3);
    }
    buf_add(gif, "\1\x28\0;", 4); // 0, 5: the pixel, the end
}

START_TEST(test_gifs_that_clear_and_clear)
{
    struct buf gif = {0};

    put_clearing_gif(&gif, 2000);
    ck_assert_int_eq(see(gif.data, gif.len).verdict, DECODED);
    put_clearing_gif(&gif, 4000); // a megabyte, 2.7 million of them: 2 s
    struct seen seen = see(gif.data, gif.len);
    ck_assert(seen.verdict == DECODED_TOO_LARGE && seen.width == 1 && seen.height == 1);
    buf_free(&gif);
}
END_TEST

START_TEST(test_not_a_picture)
{
    static const struct {
        const char *bytes;
        size_t len;
    } files[] = {
        {BYTES("")},
        {BYTES("Once upon a time there was a turtle of many colours.")},
        {BYTES("RIFF\x24\0\0\0WAVEfmt \x10\0\0\0")},
        {BYTES("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")},
        {BYTES("BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0")},
        {BYTES("\xff\xd8\xff\xd9")},
        {BYTES("GIF89a\1\0\1\0\0\0\0;")},
        {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\1\x08\2\0\0\0\x7f\xb5\x38\xe0")}, // a width of 0
    };

    for (size_t i = 0; i < COUNT(files); i++)
        ck_assert_msg(see(files[i].bytes, files[i].len).verdict == DECODED_NOT_A_PICTURE, "%zu", i);
}
END_TEST

static enum decoded with_a_byte_changed(const char *name, const char *behind, size_t distance)
{
    struct buf file = load(name);
    char *at = memmem(file.data, file.len, behind, strlen(behind));

    ck_assert(at != NULL);
    at[distance] ^= 1;
    enum decoded verdict = see(file.data, file.len).verdict;
    buf_free(&file);
    return verdict;
}

/* A checksum that is wrong: in front of the picture's data Pillow cannot identify the file, of those data it does not look
 * at any. Where the bytes themselves are wrong it has words for each kind. */
START_TEST(test_broken)
{
    ck_assert_int_eq(with_a_byte_changed("rgb.png", "IHDR", 17), DECODED_NOT_A_PICTURE);
    ck_assert_int_eq(with_a_byte_changed("palette.png", "PLTE", 20), DECODED_NOT_A_PICTURE);
    ck_assert_int_eq(with_a_byte_changed("one-pixel.png", "tEXt", 8), DECODED_NOT_A_PICTURE);
    ck_assert_int_eq(with_a_byte_changed("rgb.png", "IDAT", 4), DECODED_BROKEN);
    ck_assert_int_eq(with_a_byte_changed("rgb.png", "IDAT", 40), DECODED_BROKEN);
    ck_assert_int_eq(with_a_byte_changed("rgb.png", "IDAT", 76), DECODED_UNRECOGNIZED);   // a row's filter
    ck_assert_int_eq(with_a_byte_changed("baseline.jpg", "\xff\xc4", 5), DECODED_BROKEN); // a Huffman table
    ck_assert_int_eq(with_a_byte_changed("plain.gif", "GIF87a", 73), DECODED_TRUNCATED);  // the code that ends it
    ck_assert_int_eq(with_a_byte_changed("lossy.webp", "VP8 ", 15), DECODED_BROKEN);
    ck_assert_int_eq(with_a_byte_changed("rgb.png", "IEND", 4), DECODED); // nobody reads so far
    ck_assert_int_eq(with_a_byte_changed("lossless.webp", "VP8L", 8), DECODED_NOT_A_PICTURE);
    ck_assert_int_eq(with_a_byte_changed("animated.webp", "ALPH", 0), DECODED_BROKEN);
}
END_TEST

/* The picture's data in two chunks, of which the first one's checksum is wrong. */
START_TEST(test_checksum_of_the_data)
{
    struct buf file = load("rgb.png"), halves = {0};
    const char *data = memmem(file.data, file.len, "IDAT", 4);
    size_t before = (size_t)(data - file.data) - 4, len = (unsigned char)data[-1] + 256U * (unsigned char)data[-2];
    char first = (char)(len / 2), second = (char)(len - len / 2); // of 442 bytes

    ck_assert_uint_lt(len - len / 2, 256);
    buf_add(&halves, file.data, before);
    buf_add(&halves, (const char[]){0, 0, 0, first}, 4);
    buf_add(&halves, data, 4 + len / 2);
    buf_add(&halves, "oops", 4);
    buf_add(&halves, (const char[]){0, 0, 0, second, 'I', 'D', 'A', 'T'}, 8);
    buf_add(&halves, data + 4 + len / 2, file.len - before - 8 - len / 2);
    struct seen whole = see(file.data, file.len), seen = see(halves.data, halves.len);
    ck_assert_int_eq(seen.verdict, DECODED);
    ck_assert_uint_eq(seen.pixels, whole.pixels);
    buf_free(&file);
    buf_free(&halves);
}
END_TEST

/* The last scan of a progressive JPEG again and again, each a few bytes of file and a picture's worth of work. */
static enum decoded with_scans(int count)
{
    struct buf file = load("progressive.jpg"), more = {0};
    size_t scan = file.len - 2;

    while (memcmp(file.data + scan, "\xff\xda", 2) != 0)
        scan--;
    buf_add(&more, file.data, scan);
    for (int i = 0; i < count; i++)
        buf_add(&more, file.data + scan, file.len - 2 - scan);
    buf_add(&more, "\xff\xd9", 2);
    enum decoded verdict = see(more.data, more.len).verdict;
    buf_free(&file);
    buf_free(&more);
    return verdict;
}

START_TEST(test_scans_are_counted)
{
    ck_assert_int_eq(with_scans(1), DECODED);
    ck_assert_int_eq(with_scans(400), DECODED);
    ck_assert_int_eq(with_scans(600), DECODED_BROKEN);
    ck_assert_int_eq(with_scans(20000), DECODED_BROKEN);
}
END_TEST

/* Libraries print their warnings unless told not to. */
START_TEST(test_silence)
{
    FILE *caught = tmpfile();
    int streams[] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    struct buf file = load("baseline.jpg");

    memset(file.data + file.len - 40, 0xa5, 38);
    fflush(NULL);
    dup2(fileno(caught), STDOUT_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
    enum decoded verdict = see(file.data, file.len).verdict; // as Pillow takes it: whatever comes out
    see(file.data, file.len / 3);
    see(file.data, 20);
    fflush(NULL);
    dup2(streams[0], STDOUT_FILENO);
    dup2(streams[1], STDERR_FILENO);
    close(streams[0]);
    close(streams[1]);
    fseek(caught, 0, SEEK_END);
    ck_assert_int_eq(ftell(caught), 0);
    ck_assert_int_eq(verdict, DECODED);
    fclose(caught);
    buf_free(&file);
}
END_TEST

SUITE("decode", test_all_kinds, test_cut_anywhere, test_cut_in_the_head, test_chance, test_bombs,
      test_what_takes_too_long, test_gifs_that_clear_and_clear, test_not_a_picture, test_broken,
      test_checksum_of_the_data, test_scans_are_counted, test_silence);
