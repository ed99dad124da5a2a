/* Where the files lie that come with the program: schema, mail texts, the TLD table. */
#pragma once

#include <glib.h>

/* The folder that holds schema/, mail/ and data/: share/muster beside the folder of the
 * installed program, or share/ beside the build folder of one that was not installed. Found
 * from the program's own place, so that an installation may be moved. NULL and ERR_NOT_FOUND if
 * there is none. */
char *paths_share(GError **err);
