/* The convention by which a list packs TLD, rank, name and phone into one real name (R39),
 * given by a regular expression in the configuration. */
#pragma once

#include "directory/import_line.h"

typedef struct NamePattern NamePattern;

/* Compiles a pattern with the named groups tld, rank, name (or given and family), mobile and
 * secondary; tld and one of the names are needed. NULL and ERR_INVALID if it is wrong. */
NamePattern *name_pattern_new(const char *pattern, GError **err);
void name_pattern_free(NamePattern *pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NamePattern, name_pattern_free)

/* Takes a real name (valid UTF-8) apart into the fields of a line, or gives the line its fault.
 * Bounded in time whatever pattern and name are. */
void name_pattern_read(const NamePattern *pattern, const char *name, ImportLine *line);
