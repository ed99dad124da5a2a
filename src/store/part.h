/* A file that appears as a whole or not at all: it is written under the name FILE.part and gets
 * its own name once it is on the disk. Whoever dies on the way leaves the part, which the next
 * one under this name takes over. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Part Part;

/* Makes the part, empty and only ours to read. Fails with ERR_EXISTS if the file is there
 * already or another process is writing it. */
Part *part_new(const char *file, GError **err);
const char *part_path(const Part *part);

/* Puts everything on the disk and gives the file its name. */
bool part_finish(Part *part, GError **err);

/* Removes a part that was not finished. */
void part_free(Part *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Part, part_free)
