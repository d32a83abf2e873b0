/* What a prediction will make, as far as it is decided when it is created. */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "base/map.h"
#include "core/prepared.h"

#include <stdbool.h>
#include <stdint.h>

enum { PLAN_MAX_FILES = 16, PLAN_MAX_PIECES = 256, FILE_NAME_MAX = 24, LOG_HEAD_MAX = 56 };

/* The shape of what a prediction's `output` is, by its model's Output schema. */
enum output_shape {
    OUTPUT_TEXT,   /* "…" */
    OUTPUT_TEXTS,  /* ["…"] */
    OUTPUT_FILE,   /* "https://…/out-0.png" */
    OUTPUT_FILES,  /* ["https://…/out-0.png", …] */
    OUTPUT_VALUE,  /* any other JSON, written by its schema (core/output.h) */
    OUTPUT_VALUES, /* a list of these */
};

enum file_kind { FILE_PNG, FILE_JPEG, FILE_WEBP, FILE_WEBM, FILE_WAV, FILE_JSON, FILE_TXT, FILE_KINDS };

const char *file_kind_ending(enum file_kind kind); /* "png" */
const char *file_kind_type(enum file_kind kind);   /* "image/png": what Content-Type says */
bool file_kind_is_picture(enum file_kind kind);

/* Everything that one prediction will make, drawn up when it is created. Small and without
 * pointers, because each prediction keeps one. */
struct plan {
    int64_t steps;  /* the end of its progress bar; 0: it shows none */
    uint64_t look;  /* what it makes looks like: a hash of all input that shapes it */
    uint64_t kinds; /* of its files, enum file_kind, four bits each, the first one's lowest */
    uint16_t width; /* of the output pictures, in pixels */
    uint16_t height;
    uint16_t length; /* of a sound or a video in milliseconds, of a text in words, at most; 0: as the maker likes */
    uint8_t frames;  /* of a video; 0: as the maker likes */
    uint8_t shape;               /* enum output_shape */
    uint8_t files;               /* how many files it will have written, the reference picture among them */
    bool grows : 1;              /* its pieces come one by one; otherwise all with the end */
    bool reference : 1;          /* the first of the files is the reference picture, "ref-out.png" */
    bool given : 1;              /* a rule says what the output is, whatever the shape: it draws no files */
    uint32_t pieces;             /* elements of an output that is not files; 1 where it is no list */
    uint32_t subject;            /* where in the input's text the string begins that its text speaks of; 0: of none */
    char log_head[LOG_HEAD_MAX]; /* what the model prints before its progress, lines with their \n; "": nothing */
};

/* One output file before it is drawn: all that its bytes are a function of. */
struct drawing {
    uint64_t look;
    uint16_t width, height;
    uint16_t length; /* as in the plan */
    uint8_t frames;
    uint8_t kind; /* enum file_kind */
    bool reference;
    struct slice notes;        /* what the maker noted of the prediction (core/maker.h) */
    struct prepared *prepared; /* what was made of its input file; NULL: it has read none */
};

/* "out-0.png", …, behind "ref-out.png" where there is a reference picture: the names that rossjillian/controlnet
 * writes. Other kinds have their own ending. */
void plan_file_name(const struct plan *plan, unsigned index, char name[FILE_NAME_MAX]);

/* Which file bears that name; -1: none. */
int plan_file_index(const struct plan *plan, const char *name);

enum file_kind plan_file_kind(const struct plan *plan, unsigned index);
void plan_set_file_kind(struct plan *plan, unsigned index, enum file_kind kind);

/* Is its output files, not text and not a value that may hold some? */
bool plan_makes_files(const struct plan *plan);

bool plan_makes_list(const struct plan *plan);

/* Of how many pieces its output is: of a list the elements, otherwise 1. */
unsigned plan_pieces(const struct plan *plan);

/* Of which of them a file is part. */
unsigned plan_piece_of_file(const struct plan *plan, unsigned file);

/* As far as the plan tells it: without notes, and with nothing prepared. core/drawing.h has the whole. */
struct drawing plan_drawing(const struct plan *plan, unsigned index);

#endif
