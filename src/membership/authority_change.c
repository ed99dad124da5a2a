#include "membership/authority_change.h"

#include "base/limits.h"
#include "store/journal.h"

static const DbField FIELDS[] = {
    DB_FIELD(AuthorityChange, id),        DB_FIELD(AuthorityChange, tld),
    DB_FIELD(AuthorityChange, u_label),   DB_FIELD(AuthorityChange, at),
    DB_FIELD(AuthorityChange, field),     DB_FIELD(AuthorityChange, is_weighty),
    DB_FIELD(AuthorityChange, old_value), DB_FIELD(AuthorityChange, new_value),
    DB_FIELD(AuthorityChange, seen_at),   DB_FIELD(AuthorityChange, seen_by),
};

static const DbRecord RECORD = {
    .size = sizeof(AuthorityChange),
    .free = (GDestroyNotify) authority_change_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

void authority_change_free(AuthorityChange *change)
{
    if (change == NULL)
        return;
    g_free(change->tld);
    g_free(change->u_label);
    g_free(change->field);
    g_free(change->old_value);
    g_free(change->new_value);
    g_free(change->seen_by);
    g_free(change);
}

GPtrArray *authority_changes(Db *db, const char *tld, bool only_unseen, GError **err)
{
    return db_select(
        db, &RECORD,
        "SELECT c.id AS id, c.tld AS tld, coalesce(t.u_label, c.tld) AS u_label, at, field,"
        " weighty AS is_weighty, old_value, new_value, seen_at, seen_by"
        " FROM authority_change c LEFT JOIN tld t ON t.a_label = c.tld"
        " WHERE (c.tld = $1 OR $1 IS NULL) AND ($2 = 0 OR seen_at IS NULL)"
        " ORDER BY c.id DESC LIMIT $3",
        DB_ARGS(db_text(tld), db_int(only_unseen ? 1 : 0), db_int(IANA_CHANGES_MAX)), err);
}

bool authority_has_unseen_change(Db *db, const char *tld, AuthorityRole role, bool *ret_has,
                                 GError **err)
{
    g_autofree char *of_role = g_strdup_printf("%s_", authority_role_text(role));
    int64_t count = 0;
    if (!db_select_int(db,
                       "SELECT count(*) FROM authority_change WHERE tld = $1 AND weighty = 1"
                       " AND seen_at IS NULL AND (field IN ('status', 'organisation')"
                       " OR substr(field, 1, length($2)) = $2)",
                       DB_ARGS(db_text(tld), db_text(of_role)), &count, err))
        return false;
    *ret_has = count > 0;
    return true;
}

bool authority_see_within(Db *db, const char *actor, const char *tld, int64_t now,
                          int64_t *ret_count, GError **err)
{
    const JournalEntry entry = { .actor = actor, .action = "authority.seen", .tld = tld };
    return db_run(db,
                  "UPDATE authority_change SET seen_at = $1, seen_by = $2"
                  " WHERE tld = $3 AND seen_at IS NULL",
                  DB_ARGS(db_int(now), db_text(actor), db_text(tld)), ret_count, err) &&
           (*ret_count == 0 || journal_add(db, &entry, now, err));
}

bool authority_see(Db *db, const char *actor, const char *tld, int64_t now, int64_t *ret_count,
                   GError **err)
{
    int64_t count = 0;
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL || !authority_see_within(db, actor, tld, now, &count, err) ||
        !db_commit(&transaction, err))
        return false;
    *ret_count = count;
    return true;
}

/* Noting */

static bool add_change(Db *db, const char *tld, const IanaField *field, const char *old_value,
                       const char *new_value, int64_t now, GError **err)
{
    return db_run(db,
                  "INSERT INTO authority_change (tld, at, field, weighty, old_value, new_value)"
                  " VALUES ($1, $2, $3, $4, $5, $6)",
                  DB_ARGS(db_text(tld), db_int(now), db_text(field->key),
                          db_bool(field->is_weighty), db_text(old_value), db_text(new_value)),
                  NULL, err);
}

/* "administrative e-mail, administrative name" with their old and new values. */
static bool add_to_journal(Db *db, const char *actor, const IanaRecord *before,
                           const IanaRecord *after, const GPtrArray *fields, int64_t now,
                           GError **err)
{
    g_autoptr(GString) titles = g_string_new(NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    JournalValue values[2 * IANA_FIELDS];
    size_t n = 0;
    for (guint i = 0; i < fields->len; i++) {
        const IanaField *field = fields->pdata[i];
        char *old_name = g_strconcat("old ", field->title, NULL);
        g_ptr_array_add(names, old_name);
        g_string_append_printf(titles, "%s%s", i > 0 ? ", " : "", field->title);
        values[n++] = (JournalValue){ old_name, iana_record_get(before, field) };
        values[n++] = (JournalValue){ field->title, iana_record_get(after, field) };
    }
    const JournalEntry entry = {
        .actor = actor,
        .action = "authority.change",
        .tld = after->domain,
        .details = titles->str,
        .values = values,
        .n_values = n,
    };
    return fields->len == 0 || journal_add(db, &entry, now, err);
}

bool authority_note_changes(Db *db, const char *actor, const IanaRecord *before,
                            const IanaRecord *after, int64_t now, GPtrArray *titles,
                            GError **err)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new();
    for (size_t i = 0; i < IANA_FIELDS; i++) {
        const IanaField *field = &IANA_FIELD_TABLE[i];
        const char *old_value = iana_record_get(before, field);
        const char *new_value = iana_record_get(after, field);
        if (iana_value_is_same(field, old_value, new_value))
            continue;
        if (!add_change(db, after->domain, field, old_value, new_value, now, err))
            return false;
        g_ptr_array_add(fields, (gpointer) (uintptr_t) field);
        g_ptr_array_add(titles, (gpointer) (uintptr_t) field->title);
    }
    return add_to_journal(db, actor, before, after, fields, now, err);
}
