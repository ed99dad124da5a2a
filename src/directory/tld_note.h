/* The secretariat's notebook: leads, conversations and prospects of a TLD. What people wrote is
 * kept as it is; there is no changing it, only a further note. A TLD that was ever noted as a
 * prospect is one, and its last note, of whatever kind, says how things stand. */
#pragma once

#include "store/db.h"

/* A plain value; strings are owned by the struct. */
typedef struct {
    int64_t id;
    char *tld;     /* A-label */
    char *u_label; /* for people; the A-label of a TLD that is gone */
    int64_t at;    /* seconds since 1970 UTC */
    char *actor;   /* who wrote it down, as in the journal */
    char *kind;    /* "lead": who may know somebody there, "conversation", "prospect" */
    char *source;  /* who said so; NULL: nobody in particular */
    char *text;
    int64_t notes;    /* that the TLD has in all */
    int64_t contacts; /* who speak for the TLD by now */
} TldNote;

void tld_note_free(TldNote *note);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TldNote, tld_note_free)

/* What to write down. Everything is borrowed. */
typedef struct {
    const char *tld;    /* A-label */
    const char *kind;   /* NULL: "conversation" */
    const char *source; /* NULL or empty: nobody in particular */
    const char *text;
} TldNoteInput;

/* Fails with ERR_INVALID for a kind that is none. NULL is fine. */
bool tld_note_check_kind(const char *kind, GError **err);

/* Writes a note with its journal row, where what people wrote stands as personal values.
 * ERR_INVALID if there is no text, something is too long, or the kind is none. */
bool tld_note_add(Db *db, const TldNoteInput *input, const char *actor, int64_t now,
                  GError **err);

/* The TldNotes of one TLD, newest first, of a kind or of all (NULL). */
GPtrArray *tld_note_list(Db *db, const char *tld, const char *kind, int64_t limit,
                         GError **err);

/* The last TldNote of each TLD that has one, or one of this kind, by TLD, ASCII first. */
GPtrArray *tld_note_latest(Db *db, const char *kind, GError **err);
