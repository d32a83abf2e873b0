#include "media/phrases.h"
#include "base/chars.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Words that hold a sentence together, and those that ask for an answer: in their order, to be searched by halves. */
static const char *const fillers[] = {
    "a",       "about", "after",  "all",      "also",  "an",     "and",      "any",   "are",  "as",    "at",    "be",
    "been",    "but",   "by",     "can",      "could", "create", "describe", "did",   "do",   "does",  "each",  "every",
    "explain", "for",   "from",   "generate", "give",  "had",    "has",      "have",  "he",   "her",   "here",  "his",
    "how",     "i",     "if",     "in",       "into",  "is",     "it",       "its",   "just", "let",   "make",  "may",
    "me",      "might", "more",   "most",     "must",  "my",     "no",       "not",   "of",   "on",    "or",    "our",
    "out",     "over",  "please", "say",      "shall", "she",    "should",   "show",  "so",   "some",  "such",  "tell",
    "than",    "that",  "the",    "their",    "them",  "then",   "there",    "these", "they", "this",  "those", "to",
    "under",   "up",    "us",     "very",     "was",   "we",     "were",     "what",  "when", "where", "which", "who",
    "whom",    "whose", "why",    "will",     "with",  "would",  "write",    "yes",   "you",  "your",
};

enum { FILLERS = sizeof(fillers) / sizeof(*fillers) };

/* Quotes, dashes and dots that are no ASCII: U+2000 to U+203F. */
static bool is_punctuation(const char *at, const char *end)
{
    return end - at >= 3 && at[0] == '\xe2' && at[1] == '\x80';
}

/* Letters, digits, whatever else is no ASCII, and what may stand within a word. */
static size_t word_len(const char *at, const char *end)
{
    const char *begin = at;

    while (at < end && (char_is_alnum(*at) || (unsigned char)*at >= 0x80 || *at == '\'' || *at == '-') &&
           !is_punctuation(at, end))
        at++;
    return (size_t)(at - begin);
}

/* "what's" as "what". */
static bool is_filler(const char *word, size_t len)
{
    size_t low = 0, high = FILLERS;
    const char *apostrophe = memchr(word, '\'', len);

    len = apostrophe ? (size_t)(apostrophe - word) : len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncasecmp(word, fillers[middle], len);
        if (order == 0 && fillers[middle][len] == '\0')
            return true;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* A number by itself is about nothing, and nor is a letter. */
static bool has_letters(const char *word, size_t len)
{
    size_t letters = 0;

    for (size_t i = 0; i < len; i++)
        letters += (unsigned char)word[i] >= 0x80 || (char_is_alnum(word[i]) && !char_is_digit(word[i]));
    return letters >= 2;
}

static bool is_new(const struct slice *phrases, unsigned count, struct slice phrase)
{
    for (unsigned i = 0; i < count; i++)
        if (phrases[i].len == phrase.len && strncasecmp(phrases[i].data, phrase.data, phrase.len) == 0)
            return false;
    return true;
}

/* The words from `at` on that are no fillers and have one space between them, at most PHRASE_WORDS. */
static struct slice phrase_at(const char *at, const char *end)
{
    struct slice phrase = {at, 0};
    bool letters = false;

    for (int words = 0; words < PHRASE_WORDS; words++) {
        const char *word = at + phrase.len + (words > 0);
        size_t len = word < end && (words == 0 || word[-1] == ' ') ? word_len(word, end) : 0;
        if (len == 0 || is_filler(word, len) || (size_t)(word + len - at) > PHRASE_LEN)
            break;
        letters |= has_letters(word, len);
        phrase.len = (size_t)(word + len - at);
    }
    return letters ? phrase : (struct slice){at, 0};
}

unsigned phrases_find(struct slice phrases[PHRASES_MAX], struct slice text)
{
    const char *at = text.data, *end = at + text.len;
    unsigned count = 0;

    while (at < end && count < PHRASES_MAX) {
        struct slice phrase = phrase_at(at, end);
        if (phrase.len > 0 && is_new(phrases, count, phrase))
            phrases[count++] = phrase;
        size_t len = phrase.len > 0 ? phrase.len : word_len(at, end);
        at += len > 0 ? len : is_punctuation(at, end) ? 3 : 1;
    }
    return count;
}
