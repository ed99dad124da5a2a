#include "membership/authority_run.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"

static const DbField FIELDS[] = {
    DB_FIELD(AuthorityRun, owner),   DB_FIELD(AuthorityRun, alive_at),
    DB_FIELD(AuthorityRun, done_at), DB_FIELD(AuthorityRun, failed_at),
    DB_FIELD(AuthorityRun, failure),
};

static const DbRecord RECORD = {
    .size = sizeof(AuthorityRun),
    .free = (GDestroyNotify) authority_run_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

void authority_run_free(AuthorityRun *run)
{
    if (run == NULL)
        return;
    g_free(run->owner);
    g_free(run->failure);
    g_free(run);
}

bool authority_run_read(Db *db, AuthorityRun **ret_run, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(db, &RECORD,
                                          "SELECT owner, alive_at, done_at, failed_at, failure"
                                          " FROM authority_run WHERE id = 1",
                                          DB_NO_ARGS, err);
    if (rows == NULL)
        return false;
    *ret_run = rows->len > 0 ? g_ptr_array_steal_index(rows, 0) : g_new0(AuthorityRun, 1);
    return true;
}

bool authority_run_is_overdue(const AuthorityRun *run, const Config *config, int64_t now)
{
    int64_t days = config->iana_sync_days;
    return days > 0 && run->failed_at != 0 && now > run->done_at + (days + 1) * CLOCK_DAY;
}

/* A sign of life in the future is of a clock that was set back. */
static bool is_alive(const AuthorityRun *run, int64_t now)
{
    return run->owner != NULL && run->alive_at <= now && now < run->alive_at + IANA_LEASE_S;
}

static bool begin_within(Db *db, const char *owner, int64_t now, GError **err)
{
    g_autoptr(AuthorityRun) run = NULL;
    if (!authority_run_read(db, &run, err))
        return false;
    if (is_alive(run, now)) {
        g_autofree char *since = clock_format(run->alive_at);
        return err_set(err, ERR_EXISTS, "IANA is being asked already by %s, at work at %s",
                       run->owner, since);
    }
    return db_run(db,
                  "INSERT INTO authority_run (id, owner, alive_at) VALUES (1, $1, $2)"
                  " ON CONFLICT (id) DO UPDATE SET owner = $1, alive_at = $2",
                  DB_ARGS(db_text(owner), db_int(now)), NULL, err);
}

bool authority_run_begin(Db *db, const char *owner, int64_t now, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    return transaction != NULL && begin_within(db, owner, now, err) &&
           db_commit(&transaction, err);
}

bool authority_run_go_on(Db *db, const char *owner, int64_t now, GError **err)
{
    int64_t changed = 0;
    if (!db_run(db, "UPDATE authority_run SET alive_at = $1 WHERE owner = $2",
                DB_ARGS(db_int(now), db_text(owner)), &changed, err))
        return false;
    return changed > 0 ||
           err_set(err, ERR_DENIED, "this run was taken for dead, and another one began");
}

bool authority_run_end(Db *db, const char *owner, bool is_whole, const char *failure,
                       int64_t now, GError **err)
{
    if (failure != NULL)
        return db_run(db,
                      "UPDATE authority_run SET owner = NULL, failed_at = $1, failure = $2"
                      " WHERE owner = $3",
                      DB_ARGS(db_int(now), db_text(failure), db_text(owner)), NULL, err);
    return db_run(db,
                  "UPDATE authority_run SET owner = NULL, failed_at = NULL, failure = NULL,"
                  " done_at = CASE WHEN $1 = 1 THEN $2 ELSE done_at END WHERE owner = $3",
                  DB_ARGS(db_int(is_whole ? 1 : 0), db_int(now), db_text(owner)), NULL, err);
}

/* When an address that one source named once can be looked at again; -1 if none waits. */
static bool next_look(Db *db, int64_t *ret_at, GError **err)
{
    int64_t since = -1;
    if (!db_select_int(db,
                       "SELECT coalesce(min(at), -1) FROM"
                       " (SELECT administrative_since AS at FROM authority"
                       " WHERE administrative_pending = 1 UNION ALL"
                       " SELECT technical_since FROM authority WHERE technical_pending = 1)"
                       " AS pending",
                       DB_NO_ARGS, &since, err))
        return false;
    *ret_at = since < 0 ? -1 : since + IANA_SECOND_LOOK_S;
    return true;
}

bool authority_run_due(Db *db, const Config *config, int64_t now, int64_t *ret_due_at,
                       bool *ret_is_whole, GError **err)
{
    g_autoptr(AuthorityRun) run = NULL;
    int64_t look_at = -1;
    *ret_due_at = -1;
    if (config->iana_sync_days == 0)
        return true;
    if (!authority_run_read(db, &run, err) || !next_look(db, &look_at, err))
        return false;

    int64_t whole_at = run->done_at == 0
                           ? now
                           : MIN(run->done_at, now) + config->iana_sync_days * CLOCK_DAY;
    *ret_is_whole = look_at < 0 || whole_at <= look_at || whole_at <= now;
    *ret_due_at = *ret_is_whole ? whole_at : look_at;
    if (run->failed_at != 0)
        *ret_due_at = MAX(*ret_due_at, MIN(run->failed_at, now) + IANA_RETRY_S);
    if (is_alive(run, now))
        *ret_due_at = MAX(*ret_due_at, run->alive_at + IANA_LEASE_S);
    return true;
}

typedef struct {
    char *tld;
} Label;

static void label_free(Label *label)
{
    g_free(label->tld);
    g_free(label);
}

static const DbField LABEL_FIELDS[] = { DB_FIELD(Label, tld) };

static const DbRecord LABEL_RECORD = {
    .size = sizeof(Label),
    .free = (GDestroyNotify) label_free,
    .fields = LABEL_FIELDS,
    .n_fields = G_N_ELEMENTS(LABEL_FIELDS),
};

static GPtrArray *select_labels(Db *db, bool is_whole, int64_t now, GError **err)
{
    if (is_whole)
        return db_select(db, &LABEL_RECORD,
                         "SELECT a_label AS tld FROM tld ORDER BY coalesce("
                         "(SELECT max(asked_at) FROM authority_source s WHERE s.tld = a_label),"
                         " 0), a_label",
                         DB_NO_ARGS, err);
    return db_select(db, &LABEL_RECORD,
                     "SELECT tld FROM authority"
                     " WHERE (administrative_pending = 1 AND administrative_since <= $1)"
                     " OR (technical_pending = 1 AND technical_since <= $1) ORDER BY tld",
                     DB_ARGS(db_int(now - IANA_SECOND_LOOK_S)), err);
}

GPtrArray *authority_run_tlds(Db *db, bool is_whole, int64_t now, GError **err)
{
    g_autoptr(GPtrArray) labels = select_labels(db, is_whole, now, err);
    if (labels == NULL)
        return NULL;
    GPtrArray *tlds = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < labels->len; i++) {
        Label *label = labels->pdata[i];
        g_ptr_array_add(tlds, g_steal_pointer(&label->tld));
    }
    return tlds;
}
