#include "media/answer.h"
#include "base/hash.h"
#include "core/catalog.h"
#include "media/phrases.h"
#include "media/subject.h"

enum {
    QUOTED = 120,     // bytes of the subject, as it is written, in the first sentence
    LOOKED_AT = 1024, // the same, of what the others take their phrases from
    USUAL_WORDS = 80,
    CLOSING_WORDS = 16,
};

/* Sentences of a phrase or two: what stands around these. */
static const struct mention {
    int phrases;
    const char *parts[3];
} mentions[] = {
    {1, {"It helps to look at “", "” first."}},
    {2, {"“", "” comes first, and “", "” follows from it."}},
    {1, {"There is more than one way to think about “", "”."}},
    {2, {"Put “", "” beside “", "”, and the picture becomes clearer."}},
    {1, {"Much depends on what is meant by “", "”."}},
    {1, {"As for “", "”, the simplest reading is usually the right one."}},
    {2, {"Between “", "” and “", "” lies most of what there is to say."}},
    {1, {"Without “", "” little of it would hold together."}},
    {1, {"Whoever has met “", "” before will know what to expect."}},
    {1, {"“", "” is the part that deserves the most care."}},
    {2, {"Nobody should forget “", "” on the way to “", "”."}},
};

static const char *const remarks[] = {
    "A good start is to look at it from the end.",
    "First comes what is known, then what is only likely.",
    "It is simpler than it seems, once it is taken apart.",
    "Take one part after the other, and keep the order.",
    "What remains is a matter of taste.",
};

enum { MENTIONS = sizeof(mentions) / sizeof(*mentions), REMARKS = sizeof(remarks) / sizeof(*remarks) };

/* An answer while it is written. */
struct writing {
    struct buf *out;
    struct rng rng;
    struct slice phrases[PHRASES_MAX];
    unsigned count, next; /* phrases; the next to be mentioned */
    size_t words, most;   /* so many are there; so many may be */
};

static size_t words_in(const char *text, size_t len)
{
    size_t words = 0;

    for (size_t i = 0; i < len; i++)
        words += text[i] == ' ';
    return words;
}

/* What was written from `begin` on stays if there is room for so many words. */
static bool keep(struct writing *writing, size_t begin)
{
    size_t words = words_in(writing->out->data + begin, writing->out->len - begin);

    if (writing->words + words > writing->most) {
        writing->out->len = begin;
        return false;
    }
    writing->words += words;
    return true;
}

static bool put_mention(struct writing *writing, const struct mention *mention)
{
    size_t begin = writing->out->len;

    buf_str(writing->out, mention->parts[0]);
    for (int i = 0; i < mention->phrases; i++) {
        struct slice phrase = writing->phrases[writing->next++ % writing->count];
        buf_add(writing->out, phrase.data, phrase.len);
        buf_str(writing->out, mention->parts[i + 1]);
    }
    buf_char(writing->out, ' ');
    return keep(writing, begin);
}

static bool put_remark(struct writing *writing, const char *remark)
{
    size_t begin = writing->out->len;

    buf_str(writing->out, remark);
    buf_char(writing->out, ' ');
    return keep(writing, begin);
}

/* Each that there is once, two mentions and then a remark, until there is no room for the next. */
static void put_sentences(struct writing *writing)
{
    unsigned first = (unsigned)(rng_next(&writing->rng) % (MENTIONS * REMARKS)), mentioned = 0, remarked = 0;
    bool room = true;

    for (unsigned i = 0; room && (mentioned < MENTIONS || remarked < REMARKS); i++) {
        const struct mention *mention = &mentions[(first + mentioned) % MENTIONS];
        if (mentioned == MENTIONS || (i % 3 == 2 && remarked < REMARKS)) {
            room = put_remark(writing, remarks[(first + remarked++) % REMARKS]);
            continue;
        }
        mentioned++;
        if ((unsigned)mention->phrases <= writing->count)
            room = put_mention(writing, mention);
    }
}

/* What it is about, on one line. */
static bool put_opening(struct writing *writing, struct slice subject)
{
    static const char *const openings[] = {"You wrote “", "Let us begin with “", "Consider “", "The matter is “"};
    struct buf *out = writing->out;
    size_t begin = out->len;
    bool asks = subject.data[subject.len - 2] == '?';

    buf_str(out, asks ? "You ask “" : openings[rng_next(&writing->rng) % (sizeof(openings) / sizeof(*openings))]);
    bool whole = subject_put(out, subject, QUOTED);
    for (size_t i = begin; i < out->len; i++)
        if ((unsigned char)out->data[i] < ' ')
            out->data[i] = ' ';
    buf_str(out, whole ? "”. " : "…”. ");
    return keep(writing, begin);
}

static void put_about(struct buf *out, const struct plan *plan, struct slice subject)
{
    struct writing writing = {.out = out,
                              .rng = {.key = {plan->look, 0x616e73776572}},
                              .most = plan->length > 0 ? plan->length : USUAL_WORDS};
    struct buf text = {0};

    writing.words = CLOSING_WORDS;
    subject_put(&text, subject, LOOKED_AT);
    writing.count = phrases_find(writing.phrases, (struct slice){text.data, text.len});
    if (put_opening(&writing, subject))
        put_sentences(&writing);
    buf_free(&text);
}

void answer_write(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject)
{
    if (subject.len > 2)
        put_about(out, plan, subject);
    buf_printf(out, "This is replicate-mock, standing in for %s. Its answer to this input has the number %u.",
               version->model->full_name, (unsigned)(plan->look % 1000000));
}
