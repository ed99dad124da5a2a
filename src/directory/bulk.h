/* Many new people in one transaction of db_begin, as an import adds them: what is on file is
 * asked for once and remembered, and new rows are held back and written many at once.
 *
 * It is for an Edit (directory/edit.h): persons, seats and words go through the Bulk of the
 * Edit. Whoever looks at the store or changes it in another way calls bulk_write before, and
 * tells with bulk_use_key and bulk_forget what may be different after. */
#pragma once

#include "store/db.h"

typedef struct Bulk Bulk;

/* The store is borrowed. */
Bulk *bulk_new(Db *db);
void bulk_free(Bulk *bulk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bulk, bulk_free)

/* Holds back a statement that gives no rows; sql is a literal. Those of one text are written
 * together, the texts in the order in which they were first used. */
void bulk_run(Bulk *bulk, const char *sql, DbArgs args);

/* Writes what is held back. */
bool bulk_write(Bulk *bulk, GError **err);

/* The number of the next new person. */
bool bulk_next_id(Bulk *bulk, int64_t *ret_id, GError **err);

/* Finds out which of these address keys (char *, see address_key) are nobody's, and forgets
 * what was known of others. Writes what is held back. */
bool bulk_look(Bulk *bulk, const GPtrArray *keys, GError **err);

/* Whether an address is known to be nobody's, on file or held back. If not, the store knows. */
bool bulk_is_free(const Bulk *bulk, const char *key);

/* It may be somebody's from now on. */
void bulk_use_key(Bulk *bulk, const char *key);

/* The ranks of a TLD: the highest that is taken (0: none), how many are, and the first free one
 * from rank on, upwards (step 1) or downwards (step -1; 0 if there is none). */
bool bulk_highest_rank(Bulk *bulk, const char *a_label, int64_t *ret_rank, GError **err);
bool bulk_count_seats(Bulk *bulk, const char *a_label, int64_t *ret_count, GError **err);
bool bulk_free_rank(Bulk *bulk, const char *a_label, int64_t rank, int step, int64_t *ret_rank,
                    GError **err);
bool bulk_take_rank(Bulk *bulk, const char *a_label, int64_t rank, GError **err);

/* Adds somebody of this name (person_search_name) to a TLD. *ret_others is how many are there
 * already. */
bool bulk_add_name(Bulk *bulk, const char *a_label, const char *search_name,
                   int64_t *ret_others, GError **err);

/* Forgets the seats of a TLD, or of all with NULL. Nothing may be held back. */
void bulk_forget(Bulk *bulk, const char *a_label);
