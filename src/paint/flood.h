/* Areas between lines that have gaps: what a pencil drawing leaves for the crayons. */
#ifndef PAINT_FLOOD_H
#define PAINT_FLOOD_H

#include "paint/sheet.h"

/* Fills sheet->areas from sheet->ink, whose pixels of at least `line` are lines, and lists them. Water rises from the
 * places that are furthest from all lines; two lakes that meet become one where the gap between them is at least `gap`
 * hundredths as wide as the narrower of them, or `wide` 512ths of the sheet's side; otherwise the gap is the shore. */
void flood(struct sheet *sheet, int line, int gap, int wide);

#endif
