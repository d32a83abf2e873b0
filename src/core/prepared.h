/* What a maker has made of a prediction's input file before the prediction begins, and draws its outputs from: of
 * ControlNet the control map. Never changed once it is made; shared by the prediction and the jobs that draw for it,
 * which read it on the worker's thread. Held and let go on the loop's thread alone. */
#ifndef CORE_PREPARED_H
#define CORE_PREPARED_H

#include <stddef.h>
#include <stdint.h>

enum { PREPARED_DIGEST = 16 };

struct prepared {
    unsigned holders;
    uint16_t width, height;                /* of the output pictures, in pixels */
    unsigned char digest[PREPARED_DIGEST]; /* of all that follows */
    size_t len;
    char data[]; /* the maker's: nobody else knows what it is */
};

/* A copy of `data`, held once. Called on any thread. */
struct prepared *prepared_new(uint16_t width, uint16_t height, const void *data, size_t len);

struct prepared *prepared_hold(struct prepared *prepared); /* NULL is fine */
void prepared_let_go(struct prepared *prepared);           /* the last one frees it. NULL is fine */

/* How many bytes it occupies; of NULL 0. */
size_t prepared_bytes(const struct prepared *prepared);

#endif
