/* What a prediction will make, as far as it is decided when it is created. */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum { PLAN_MAX_FILES = 16, FILE_NAME_MAX = 24, LOG_HEAD_MAX = 56 };

/* The shape of what a prediction's `output` is, by its model's Output schema. */
enum output_shape {
    OUTPUT_TEXT,  /* "…" */
    OUTPUT_TEXTS, /* ["…"] */
    OUTPUT_FILE,  /* "https://…/out-0.png" */
    OUTPUT_FILES, /* ["https://…/out-0.png", …] */
};

/* Everything that one prediction will make, drawn up when it is created. Small and without
 * pointers, because each prediction keeps one. */
struct plan {
    int64_t steps;  /* the end of its progress bar; 0: it shows none */
    uint64_t look;  /* what the pictures look like: a hash of all input that shapes them */
    uint16_t width; /* of the output pictures, in pixels */
    uint16_t height;
    uint8_t shape;               /* enum output_shape */
    uint32_t pieces;             /* of text, in which its output grows; 1: it comes whole, with the end */
    uint8_t files;               /* how many files it will have written, the reference picture among them */
    bool reference;              /* the first of them is the reference picture, "ref-out.png" */
    char log_head[LOG_HEAD_MAX]; /* what the model prints before its progress, lines with their \n; "": nothing */
};

/* One output file before it is drawn. Holds no pointer: it crosses to the worker's thread as it is. */
struct drawing {
    uint64_t look;
    uint16_t width, height;
    bool reference;
};

/* "out-0.png", …, behind "ref-out.png" where there is a reference picture: the names that rossjillian/controlnet
 * writes. */
void plan_file_name(const struct plan *plan, unsigned index, char name[FILE_NAME_MAX]);

/* Which file bears that name; -1: none. */
int plan_file_index(const struct plan *plan, const char *name);

/* Is its output files, not text? */
bool plan_makes_files(const struct plan *plan);

struct drawing plan_drawing(const struct plan *plan, unsigned index);

#endif
