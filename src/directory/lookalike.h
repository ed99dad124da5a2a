/* Look-alikes: addresses that a reader takes for one on file. Letters of other scripts that
 * look like Latin ones, digits for letters, "rn" for "m", and signs that are easily overlooked
 * are folded away; two addresses of which the same is left look alike. The table has what is
 * confused with the letters that most addresses have; it is shown to people, who decide. */
#pragma once

#include "store/db.h"

/* What is left of an address or name: equal for those that look alike. A fixed point. */
char *lookalike_skeleton(const char *text);

/* The same of an address (canonical), with its domain as people see it: what the store keeps
 * beside it. When the table changes, a migration has to take away what is kept. */
char *lookalike_skeleton_of(const char *address);

/* Whether a word of an address (canonical) mixes Latin letters with those of a script that
 * looks like it, Cyrillic for instance: nobody writes so, but whoever wants to be taken for
 * another. */
bool lookalike_mixes_scripts(const char *address);

/* An address on file. */
typedef struct {
    int64_t person_id;
    char *address; /* canonical */
} Lookalike;

void lookalike_free(Lookalike *lookalike);

/* The Lookalikes of an address (canonical) that is not on file itself, LOOKALIKES_MAX at most.
 */
GPtrArray *lookalike_find(Db *db, const char *address, GError **err);

/* Both side by side for people, with what differs by name: "jаne@nic.example looks like
 * jane@nic.example: U+0430 for a". */
char *lookalike_format(const char *address, const Lookalike *on_file);
