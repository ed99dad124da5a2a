#include "queue/outbox_mark.h"

#include "base/limits.h"
#include "queue/outbox_retry.h"

/* Rows for one statement, gathered so that the store gets them all at once. */
typedef struct {
    const char *sql;
    size_t n_values; /* of a row */
    GArray *values;  /* DbValue, one row after the other */
} Batch;

/* What the relay took, in all turns but a few all there is: many at once, which costs a store
 * less than half. A few sizes, so that there are few texts to prepare. */
static const guint SENT_AT_ONCE[] = { 100, 10, 1 };
#define SENT_VALUES 3 /* of one of them */

/* That it was taken is so even if the row was given back meanwhile, because its courier was
 * taken for dead: unless another one has it by now, nobody needs to try again, and the attempt
 * that was counted as uncertain then is certain. */
static char *sent_text(guint n)
{
    GString *sql = g_string_new(
        "UPDATE delivery SET state = 'sent', finished_at = $2, reply = r.column3,"
        " attempts = CASE WHEN attempts > r.column2 THEN attempts ELSE r.column2 END,"
        " uncertain = uncertain - CASE WHEN state = 'waiting' AND uncertain > 0 THEN 1 ELSE 0 "
        "END,"
        " claimed_by = NULL FROM (VALUES ");
    for (guint i = 0; i < n; i++)
        g_string_append_printf(sql, "%s($%u, $%u, $%u)", i > 0 ? ", " : "", SENT_VALUES * i + 3,
                               SENT_VALUES * i + 4, SENT_VALUES * i + 5);
    g_string_append(sql, ") AS r WHERE delivery.id = r.column1"
                         " AND (claimed_by = $1 OR state = 'waiting')");
    return g_string_free(sql, FALSE);
}

/* A delivery that came to another end; if it is with its owner still. */
static const char ENDED[] =
    "UPDATE delivery SET state = $6, attempts = $3, uncertain = uncertain + $7,"
    " finished_at = $4, reply = $5, claimed_by = NULL WHERE id = $1 AND claimed_by = $2";

/* One that is tried again; if it is with its owner still. The reply stays what it was if there
 * is none to take its place. */
static const char DEFERRED[] =
    "UPDATE delivery SET state = 'waiting', attempts = $3, uncertain = uncertain + $6,"
    " due_at = $4, reply = coalesce($5, reply), claimed_by = NULL"
    " WHERE id = $1 AND claimed_by = $2";

typedef struct {
    const char *owner;
    int64_t now;
    GArray *sent; /* DbValue, SENT_VALUES of each */
    Batch ended;
    Batch deferred;
} Marks;

static void batch_add(Batch *batch, const DbValue *values, size_t n_values)
{
    g_assert_cmpuint(n_values, ==, batch->n_values);
    g_array_append_vals(batch->values, values, (guint) n_values);
}

#define BATCH_ADD(batch, ...)                                                                  \
    batch_add(batch, DB_ARGS(__VA_ARGS__).values, DB_ARGS(__VA_ARGS__).n_values)

static void add_sent(Marks *m, const OutboxResult *result)
{
    const DbValue values[SENT_VALUES] = { db_int(result->id), db_int(result->attempts + 1),
                                          db_text(result->reply != NULL ? result->reply : "") };
    g_array_append_vals(m->sent, values, SENT_VALUES);
}

static void add_ended(Marks *m, const OutboxResult *result, const char *state)
{
    int64_t uncertain = result->outcome == OUTBOX_UNCERTAIN ? 1 : 0;
    BATCH_ADD(&m->ended, db_int(result->id), db_text(m->owner), db_int(result->attempts + 1),
              db_int(m->now), db_text(result->reply), db_text(state), db_int(uncertain));
}

static void add_deferred(Marks *m, const OutboxResult *result, int64_t attempts, int64_t due_at)
{
    int64_t uncertain = result->outcome == OUTBOX_UNCERTAIN ? 1 : 0;
    BATCH_ADD(&m->deferred, db_int(result->id), db_text(m->owner), db_int(attempts),
              db_int(due_at), db_text(result->reply), db_int(uncertain));
}

static void add(Marks *m, const OutboxResult *result)
{
    int64_t attempts = result->attempts + 1;
    switch (result->outcome) {
    case OUTBOX_SENT:
        add_sent(m, result);
        return;
    case OUTBOX_REFUSED:
        add_ended(m, result, "refused");
        return;
    case OUTBOX_UNTRIED:
        add_deferred(m, result, result->attempts, m->now);
        return;
    case OUTBOX_DEFERRED:
    case OUTBOX_LOST:
    case OUTBOX_UNCERTAIN:
    default:
        if (m->now - result->created_at >= OUTBOX_LIFETIME_S)
            add_ended(m, result, "expired");
        else
            add_deferred(m, result, attempts,
                         m->now + outbox_retry_gap(result->outcome, attempts));
    }
}

static bool batch_run(Db *db, const Batch *batch, GError **err)
{
    return db_run_batch(db, batch->sql, (const DbValue *) (void *) batch->values->data,
                        batch->n_values, batch->values->len / batch->n_values, err);
}

/* Marks as many as fit into statements of n each, from *from on. */
static bool mark_sent(Db *db, const Marks *m, guint n, guint *from, GError **err)
{
    guint count = (m->sent->len / SENT_VALUES - *from) / n;
    if (count == 0)
        return true;

    g_autofree char *sql = sent_text(n);
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(DbValue));
    const DbValue first[] = { db_text(m->owner), db_int(m->now) };
    for (guint i = 0; i < count; i++, *from += n) {
        g_array_append_vals(values, first, G_N_ELEMENTS(first));
        g_array_append_vals(values, &g_array_index(m->sent, DbValue, *from * SENT_VALUES),
                            n * SENT_VALUES);
    }
    return db_run_batch(db, sql, (const DbValue *) (void *) values->data,
                        G_N_ELEMENTS(first) + n * SENT_VALUES, count, err);
}

static bool mark_all_sent(Db *db, const Marks *m, GError **err)
{
    guint from = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(SENT_AT_ONCE); i++) {
        if (!mark_sent(db, m, SENT_AT_ONCE[i], &from, err))
            return false;
    }
    return true;
}

bool outbox_mark(Db *db, const char *owner, const GPtrArray *results, int64_t now, GError **err)
{
    g_autoptr(GArray) sent = g_array_new(FALSE, FALSE, sizeof(DbValue));
    g_autoptr(GArray) ended = g_array_new(FALSE, FALSE, sizeof(DbValue));
    g_autoptr(GArray) deferred = g_array_new(FALSE, FALSE, sizeof(DbValue));
    Marks marks = {
        .owner = owner,
        .now = now,
        .sent = sent,
        .ended = { ENDED, 7, ended },
        .deferred = { DEFERRED, 6, deferred },
    };
    for (guint i = 0; i < results->len; i++)
        add(&marks, results->pdata[i]);
    return mark_all_sent(db, &marks, err) && batch_run(db, &marks.ended, err) &&
           batch_run(db, &marks.deferred, err);
}
