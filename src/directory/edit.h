/* Edits: who changes the directory, when, and what the editor should be told. */
#pragma once

#include "directory/bulk.h"
#include "store/journal.h"

typedef struct {
    const char *actor;        /* as in the journal: "cli:USER", "mail:person 7" */
    int64_t now;              /* seconds since 1970 UTC */
    int64_t contacts_per_tld; /* how many the policy allows */
    GPtrArray *notices; /* char *, owned by the array: what was done beside what was asked for;
                         * NULL if nobody listens */
    JournalBatch *journal; /* where many rows are held back; NULL: each is written at once */
    Bulk *bulk;            /* for many new people, whom person_words_index, at the end, makes be
                            * found; NULL: all is written at once */
} Edit;

void edit_notice(const Edit *edit, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Runs a statement that gives no rows, a literal, or holds it back. */
bool edit_run(Db *db, const Edit *edit, const char *sql, DbArgs args, GError **err);

/* A journal row of this edit. Personal data go into values only. */
bool edit_journal(Db *db, const Edit *edit, const char *action, const char *tld,
                  int64_t person_id, const char *details, const JournalValue *values,
                  size_t n_values, GError **err);
