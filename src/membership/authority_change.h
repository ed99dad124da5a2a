/* Changes at IANA: what became different of a TLD's entry, for the secretariat to see. */
#pragma once

#include "membership/authority.h"

/* A plain value; strings are owned by the struct. */
typedef struct {
    int64_t id;
    char *tld;
    char *u_label; /* for people; the A-label of a TLD that is gone */
    int64_t at;
    char *field;     /* key of an IanaField */
    bool is_weighty; /* it says who speaks for the TLD: requests wait until it has been seen */
    char *old_value; /* NULL: there was none */
    char *new_value; /* NULL: there is none any more */
    int64_t seen_at; /* 0: not yet */
    char *seen_by;
} AuthorityChange;

void authority_change_free(AuthorityChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthorityChange, authority_change_free)

/* The AuthorityChanges of a TLD, or of all (tld NULL), newest first, at most IANA_CHANGES_MAX;
 * only those not seen yet, or all. */
GPtrArray *authority_changes(Db *db, const char *tld, bool only_unseen, GError **err);

/* Whether a weighty change of the manager, the status or this contact has not been seen: then
 * requests of the TLD wait. */
bool authority_has_unseen_change(Db *db, const char *tld, AuthorityRole role, bool *ret_has,
                                 GError **err);

/* Marks all changes of a TLD up to now as seen, with a journal row if there are any; *ret_count
 * is how many. */
bool authority_see(Db *db, const char *actor, const char *tld, int64_t now, int64_t *ret_count,
                   GError **err);

/* The same within the caller's transaction. */
bool authority_see_within(Db *db, const char *actor, const char *tld, int64_t now,
                          int64_t *ret_count, GError **err);

/* Adds what differs between two records to the changes, within the caller's transaction.
 * *titles gets the title of each (const char *), and the journal one row. */
bool authority_note_changes(Db *db, const char *actor, const IanaRecord *before,
                            const IanaRecord *after, int64_t now, GPtrArray *titles,
                            GError **err);
