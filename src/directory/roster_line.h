/* The lines of the roster: one for each contact of each TLD (R113). */
#pragma once

#include "store/db.h"

/* A plain value; strings are owned by the struct, printable, and never NULL. What is damaged in
 * the store is shown as far as it goes. */
typedef struct {
    char *tld;     /* A-label: the key together with person_id */
    char *u_label; /* for people */
    bool is_idn;
    int64_t person_id;
    int64_t rank;
    char *name;
    char *ascii_name; /* "" unless the name is in another script than Latin */
    char *mobile;     /* "" if none */
    char *primary;    /* "" if none */
    char *secondary;  /* "" if none */
    char *damage;     /* what is missing or wrong, for people; "" if nothing */
} RosterLine;

void roster_line_free(RosterLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RosterLine, roster_line_free)

/* The RosterLines of now: ASCII TLDs first, then by TLD and rank. */
GPtrArray *roster_lines_read(Db *db, GError **err);

/* Those of the roster before, as far as they are kept: no rank of TLDs, no ASCII names. */
GPtrArray *roster_lines_last(Db *db, GError **err);

/* Keeps these lines instead of those of the roster before, within the caller's transaction. */
bool roster_lines_keep(Db *db, const GPtrArray *lines, GError **err);

/* The lines as text (char *), in columns as wide as their contents on a screen, ASCII and IDN
 * TLDs apart: a heading above each, and an empty line between them. */
GPtrArray *roster_lines_format(const GPtrArray *lines);
