/* The journal: an append-only record of every change and who made it, written in the
 * transaction of the change.
 *
 * Each row's hash is SHA-256 over the previous row's hash and the row's own fields, so a row
 * that is changed, removed or put in between breaks the chain. Only rows cut off the end, with
 * the head set back to match, leave a chain that is whole: to notice that, compare the count
 * with one noted elsewhere. Personal values enter the hash as salted digests only and are kept
 * beside the row: erasing a person later drops value and salt, and the chain still verifies. */
#pragma once

#include "store/db.h"

/* A personal value, as "mobile" and "+1 613 555 0100". Borrowed. */
typedef struct {
    const char *name;
    const char *value; /* NULL: none, for instance of a mobile that was taken away */
} JournalValue;

/* What is written. Everything is borrowed. Only values may hold personal data. */
typedef struct {
    const char *actor;   /* who: "cli:USER", "mail:person 7", "worker" */
    const char *action;  /* what, as "contact.add" */
    const char *tld;     /* A-label; NULL if it concerns none */
    int64_t person_id;   /* 0 if it concerns nobody */
    const char *details; /* plain words, NULL if the action says it all */
    const JournalValue *values;
    size_t n_values;
} JournalEntry;

/* Appends one row. Must run inside the transaction of the change. */
bool journal_add(Db *db, const JournalEntry *entry, int64_t now, GError **err);

/* Many rows of one transaction, which are held back and written in one go: what is added to the
 * journal otherwise must wait until they are. */
typedef struct JournalBatch JournalBatch;

JournalBatch *journal_batch_new(Db *db, GError **err);
void journal_batch_free(JournalBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalBatch, journal_batch_free)

void journal_batch_add(JournalBatch *batch, const JournalEntry *entry, int64_t now);

/* Says that the rows added so far are to stay; forgets those added since that was said. */
void journal_batch_keep(JournalBatch *batch);
void journal_batch_undo(JournalBatch *batch);

/* How many are held back. */
size_t journal_batch_rows(const JournalBatch *batch);

/* Writes them; the transaction must not commit without. */
bool journal_batch_write(JournalBatch *batch, GError **err);

/* A row read back. */
typedef struct {
    int64_t seq; /* 1, 2, 3 ... without gaps */
    int64_t at;
    char *actor;
    char *action;
    char *tld;         /* NULL if none */
    int64_t person_id; /* 0 if none */
    char *details;     /* NULL if none */
    GBytes *hash;      /* 32 bytes */
} JournalRow;

void journal_row_free(JournalRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalRow, journal_row_free)

typedef struct {
    char *name;
    char *value; /* NULL if there was none or it was erased */
    bool is_erased;
} JournalRowValue;

void journal_row_value_free(JournalRowValue *value);

/* Which rows: NULL, 0 and 0 leave a condition out. */
typedef struct {
    const char *tld;
    int64_t person_id;
    int64_t since; /* seconds since 1970 UTC */
} JournalFilter;

/* The rows that fit, oldest first: JournalRow by db_next. The filter's text stays borrowed
 * until the cursor is freed. */
DbCursor *journal_query(Db *db, const JournalFilter *filter, GError **err);

/* The personal values of one row: JournalRowValue, in their order. */
GPtrArray *journal_values(Db *db, int64_t seq, GError **err);

/* What a walk along the chain found; to be cleared. */
typedef struct {
    int64_t rows; /* that are right, up to the first that is not */
    char *broken; /* what is wrong with the first row that is not right, its number included;
                   * NULL if all are */
    char *head;   /* hash of the last row, in hex, if all are right. Noted elsewhere, it shows
                   * later that nobody cut rows off the end */
} JournalVerdict;

void journal_verdict_clear(JournalVerdict *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(JournalVerdict, journal_verdict_clear)

/* Walks the whole chain. */
bool journal_verify(Db *db, JournalVerdict *ret_verdict, GError **err);

/* The same within a transaction of the caller. */
bool journal_verify_within(Db *db, JournalVerdict *ret_verdict, GError **err);

/* Drops the values of one person from all rows. The chain keeps verifying. */
bool journal_erase_person(Db *db, int64_t person_id, GError **err);
