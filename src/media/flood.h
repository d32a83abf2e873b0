/* Areas between lines that have gaps: what a pencil drawing leaves for the crayons. */
#ifndef MEDIA_FLOOD_H
#define MEDIA_FLOOD_H

#include "media/sheet.h"

/* Fills sheet->areas from sheet->ink, whose pixels of at least `line` are lines, and lists them. Water rises from the
 * places that are furthest from all lines; two lakes that meet become one where the gap between them is at least `gap`
 * hundredths as wide as the narrower of them, or `wide` 512ths of the sheet's side; otherwise the gap is the shore. */
void flood(struct sheet *sheet, int line, int gap, int wide);

#endif
