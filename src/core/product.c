#include "core/product.h"
#include "core/script.h"

enum { MAX_GROWING = 64 * 1024 };

/* --- words -------------------------------------------------------------------------------------------------------- */

static const char *word_end(const char *at, const char *end)
{
    do
        at++;
    while (at < end && *at != ' ');
    return at < end ? at : end;
}

unsigned product_count_words(const char *text, size_t len)
{
    unsigned count = 0;

    if (len > MAX_GROWING)
        return 1;
    for (const char *at = text; at < text + len; at = word_end(at, text + len))
        count++;
    return count < 1 ? 1 : count < PLAN_MAX_PIECES ? count : PLAN_MAX_PIECES;
}

/* A walk through the pieces of a text. */
struct words {
    const char *at, *end;
    unsigned left; // pieces; the last takes all that is left of the text
};

static struct slice next_word(struct words *words)
{
    const char *begin = words->at;

    if (begin < words->end)
        words->at = words->left > 1 ? word_end(begin, words->end) : words->end;
    words->left--;
    return (struct slice){begin, (size_t)(words->at - begin)};
}

static struct buf text_of(const struct product *product, struct words *words)
{
    struct buf text = {0};

    product->maker->text(&text, product->plan, product->version, product->input);
    *words = (struct words){buf_cstr(&text), NULL, plan_pieces(product->plan)};
    words->end = words->at + text.len;
    return text;
}

static struct slice word_at(struct words words, unsigned index)
{
    while (index-- > 0)
        next_word(&words);
    return next_word(&words);
}

/* --- pieces ------------------------------------------------------------------------------------------------------- */

static void put_slice(struct buf *out, struct slice slice)
{
    buf_add(out, slice.data, slice.len);
}

static void put_text_piece(struct buf *out, const struct product *product, unsigned index)
{
    struct words words;
    struct buf text = text_of(product, &words);

    put_slice(out, word_at(words, index));
    buf_free(&text);
}

void product_piece(struct buf *out, const struct product *product, unsigned index)
{
    if (product->plan->given) {
        put_slice(out, product->given->pieces[index].text);
        return;
    }
    switch ((enum output_shape)product->plan->shape) {
    case OUTPUT_TEXT:
    case OUTPUT_TEXTS: put_text_piece(out, product, index); break;
    case OUTPUT_FILE:
    case OUTPUT_FILES: product->urls->put(product->urls, out, index); break;
    case OUTPUT_VALUE:
    case OUTPUT_VALUES: product->maker->value(out, product->plan, product->version, index, product->urls); break;
    }
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

/* The text is made once, however many words of it are shown. */
static void put_texts(struct buf *out, const struct product *product, unsigned pieces)
{
    struct words words;
    struct buf text = text_of(product, &words);

    for (unsigned i = 0; i < pieces; i++) {
        struct slice word = next_word(&words);
        buf_str(out, i == 0 ? "" : ",");
        buf_json_string(out, word.data, word.len);
    }
    buf_free(&text);
}

static void put_others(struct buf *out, const struct product *product, unsigned pieces)
{
    const char *quote = plan_makes_files(product->plan) ? "\"" : "";

    for (unsigned i = 0; i < pieces; i++) {
        buf_str(out, i == 0 ? "" : ",");
        buf_str(out, quote);
        product_piece(out, product, i);
        buf_str(out, quote);
    }
}

/* What is no list is one value, or none: `null`. */
static void put_given(struct buf *out, const struct script_prediction *given, unsigned pieces)
{
    if (!given->is_list && pieces == 0)
        buf_lit(out, "null");
    buf_str(out, given->is_list ? "[" : "");
    for (unsigned i = 0; i < pieces; i++) {
        buf_str(out, i == 0 ? "" : ",");
        put_slice(out, given->pieces[i].json);
    }
    buf_str(out, given->is_list ? "]" : "");
}

void product_json(struct buf *out, const struct product *product, unsigned pieces)
{
    if (product->plan->given) {
        put_given(out, product->given, pieces);
        return;
    }
    bool is_list = plan_makes_list(product->plan);
    bool is_text = product->plan->shape == OUTPUT_TEXT || product->plan->shape == OUTPUT_TEXTS;

    buf_str(out, is_list ? "[" : "");
    if (is_text)
        put_texts(out, product, pieces);
    else
        put_others(out, product, pieces);
    buf_str(out, is_list ? "]" : "");
}
