/* Where the files lie that come with the program: schema, mail texts, the TLD table, modules,
 * and the programs that it starts. */
#pragma once

#include <glib.h>

/* The folder that holds schema/, mail/ and data/: share/muster beside the folder of the
 * installed program, or share/ beside the build folder of one that was not installed. Found
 * from the program's own place, so that an installation may be moved. NULL and ERR_NOT_FOUND if
 * there is none. */
char *paths_share(GError **err);

/* A program that comes with this one: in libexec/muster beside the folder of an installed
 * program, or in the build folder of one that was not installed. NULL and ERR_NOT_FOUND if it
 * is not there. */
char *paths_program(const char *name, GError **err);

/* The path of a module that is loaded when it is needed, as "store_postgres.so": in lib/muster
 * beside the folder of the installed program, or in the build folder. NULL and ERR_NOT_FOUND if
 * there is none. */
char *paths_module(const char *name, GError **err);
