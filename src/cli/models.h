/* --models: files and folders of model objects. */
#ifndef CLI_MODELS_H
#define CLI_MODELS_H

#include "base/buf.h"
#include "core/catalog.h"

/* Adds the models of a file, which holds one model object or an array of them, or of a folder: its files that end in
 * .json, by name, and those of its folders. What is wrong is appended to `lines`, each "FILE: path inside it: reason"
 * and a newline; the sound ones are added all the same. */
void models_load(struct catalog *catalog, const char *path, struct buf *lines);

#endif
