#include "queue/sms.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/phone.h"
#include "store/journal.h"

#define HOUR_S 3600

/* Seconds to the next attempt after the first, the second ... one; the last stays. */
static const int64_t RETRY_GAPS[] = { 10, 30, 60, 120, 300 };

int64_t sms_retry_gap(int64_t attempts)
{
    g_assert(attempts >= 1);
    return RETRY_GAPS[MIN((size_t) attempts, G_N_ELEMENTS(RETRY_GAPS)) - 1];
}

const char *sms_outcome_name(SmsOutcome outcome)
{
    static const char *const NAMES[] = {
        [SMS_SENT] = "sent",
        [SMS_REFUSED] = "refused",
        [SMS_DEFERRED] = "deferred",
        [SMS_UNCERTAIN] = "uncertain",
    };
    g_assert(outcome < G_N_ELEMENTS(NAMES));
    return NAMES[outcome];
}

void sms_claim_free(SmsClaim *claim)
{
    if (claim == NULL)
        return;
    g_free(claim->number);
    g_free(claim->text);
    g_free(claim);
}

/* The journal */

/* Nothing that was sent stands there; the number only as a personal value. */
static bool note(Db *db, const JournalEntry *entry, int64_t id, int64_t now, GError **err)
{
    g_autofree char *details = g_strdup_printf("text message %" G_GINT64_FORMAT, id);
    JournalEntry whole = *entry;
    whole.details = details;
    return journal_add(db, &whole, now, err);
}

static bool note_end(Db *db, int64_t id, const char *state, int64_t now, GError **err)
{
    int64_t person_id = 0;
    g_autofree char *action = g_strconcat("sms.", state, NULL);
    JournalEntry entry = { .actor = "courier", .action = action };
    if (!db_select_int(db, "SELECT person_id FROM sms WHERE id = $1", DB_ARGS(db_int(id)),
                       &person_id, err))
        return false;
    entry.person_id = person_id;
    return note(db, &entry, id, now, err);
}

/* Adding */

static bool check(const SmsMessage *message, GError **err)
{
    g_auto(Phone) phone = { .e164 = NULL };
    if (!phone_parse(message->number, &phone, err))
        return false;
    if (!g_str_equal(phone.e164, message->number))
        return err_set(err, ERR_INVALID,
                       "a number for a text message must be as +441632960001");
    if (message->text[0] == '\0' || !g_utf8_validate(message->text, -1, NULL))
        return err_set(err, ERR_INVALID, "a text message is empty or no UTF-8");
    if (strlen(message->text) > SMS_TEXT_MAX)
        return err_set(err, ERR_INVALID, "a text message is longer than %d bytes",
                       SMS_TEXT_MAX);
    return true;
}

/* What lies further ahead than an hour was written by a clock that has been set back since. */
static bool check_rate(Db *db, int64_t per_hour, int64_t now, GError **err)
{
    int64_t count = 0;
    if (!db_select_int(db,
                       "SELECT count(*) FROM sms WHERE created_at > $1 AND created_at <= $2",
                       DB_ARGS(db_int(now - HOUR_S), db_int(now + HOUR_S)), &count, err))
        return false;
    return count < per_hour || err_set(err, ERR_LIMIT,
                                       "there were %" G_GINT64_FORMAT
                                       " text messages within the last hour ([sms] per-hour)",
                                       count);
}

/* "+44...001" */
static char *shorten(const char *number)
{
    return g_strdup_printf("%.3s...%s", number, number + strlen(number) - 3);
}

bool sms_add(Db *db, const SmsMessage *message, int64_t per_hour, int64_t now, int64_t *ret_id,
             GError **err)
{
    int64_t id = 0;
    if (!check(message, err) || !check_rate(db, per_hour, now, err))
        return false;

    g_autofree char *shown = shorten(message->number);
    const JournalValue number = { "mobile", message->number };
    const JournalEntry entry = {
        .actor = message->actor,
        .action = "sms.add",
        .tld = message->tld,
        .person_id = message->person_id,
        .values = &number,
        .n_values = 1,
    };
    if (!db_select_int(db,
                       "INSERT INTO sms (person_id, number, shown, text, state, attempts,"
                       " uncertain, due_at, expires_at, created_at)"
                       " VALUES ($1, $2, $3, $4, 'waiting', 0, 0, $5, $6, $5) RETURNING id",
                       DB_ARGS(db_int(message->person_id), db_text(message->number),
                               db_text(shown), db_text(message->text), db_int(now),
                               db_int(message->expires_at)),
                       &id, err) ||
        !note(db, &entry, id, now, err))
        return false;
    db_notify(db, "outbox");
    *ret_id = id;
    return true;
}

/* The bound */

/* How many attempts there were within the last hour, and when the first of them is an hour old.
 * A message that was tried in it counts with all its attempts. */
typedef struct {
    int64_t attempts;
    int64_t free_at;
} Spent;

static const DbField SPENT_FIELDS[] = { DB_FIELD(Spent, attempts), DB_FIELD(Spent, free_at) };

static const DbRecord SPENT = {
    .size = sizeof(Spent),
    .free = g_free,
    .fields = SPENT_FIELDS,
    .n_fields = G_N_ELEMENTS(SPENT_FIELDS),
};

static bool find_spent(Db *db, int64_t now, Spent *ret_spent, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &SPENT,
        "SELECT CAST(coalesce(sum(attempts + CASE state WHEN 'claimed' THEN 1 ELSE 0 END), 0)"
        " AS bigint) AS attempts, coalesce(min(tried_at), 0) + $3 AS free_at"
        " FROM sms WHERE tried_at > $1 AND tried_at <= $2",
        DB_ARGS(db_int(now - HOUR_S), db_int(now + HOUR_S), db_int(HOUR_S)), err);
    if (rows == NULL)
        return false;
    *ret_spent = *(const Spent *) rows->pdata[0];
    return true;
}

/* Claiming */

static const DbField CLAIM_FIELDS[] = {
    DB_FIELD(SmsClaim, id),     DB_FIELD(SmsClaim, attempts), DB_FIELD(SmsClaim, expires_at),
    DB_FIELD(SmsClaim, number), DB_FIELD(SmsClaim, text),
};

static const DbRecord CLAIM = {
    .size = sizeof(SmsClaim),
    .free = (GDestroyNotify) sms_claim_free,
    .fields = CLAIM_FIELDS,
    .n_fields = G_N_ELEMENTS(CLAIM_FIELDS),
};

static GPtrArray *claim_first(Db *db, const char *owner, int64_t now, GError **err)
{
    return db_claim(
        db, &CLAIM, "UPDATE sms SET state = 'claimed', claimed_by = $1, tried_at = $2",
        "SELECT id FROM sms WHERE state = 'waiting' AND due_at <= $2 AND expires_at > $2"
        " AND attempts < $3"
        " AND NOT EXISTS (SELECT 1 FROM node WHERE owner = $1 AND dead_at IS NOT NULL)"
        " ORDER BY due_at, id LIMIT 1",
        "id, attempts, expires_at, number, text",
        DB_ARGS(db_text(owner), db_int(now), db_int(SMS_ATTEMPTS_MAX)), err);
}

/* Not a shared transaction: two couriers must not both take the last attempt of an hour. */
bool sms_claim(Db *db, const char *owner, int64_t per_hour, int64_t now, SmsClaim **ret_claim,
               GError **err)
{
    Spent spent = { 0 };
    g_autoptr(GPtrArray) claims = NULL;
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL || !find_spent(db, now, &spent, err))
        return false;
    if (spent.attempts < per_hour) {
        claims = claim_first(db, owner, now, err);
        if (claims == NULL)
            return false;
    }
    if (!db_commit(&transaction, err))
        return false;
    bool has_one = claims != NULL && claims->len > 0;
    *ret_claim = has_one ? g_ptr_array_steal_index(claims, 0) : NULL;
    return true;
}

/* Marking */

/* That it was taken is so even if the row was given back meanwhile, and then the attempt that
 * was counted as uncertain is certain. */
static bool mark_sent(Db *db, const char *owner, const SmsClaim *claim, const char *reply,
                      int64_t now, GError **err)
{
    return db_run(db,
                  "UPDATE sms SET state = 'sent', number = NULL, text = NULL,"
                  " claimed_by = NULL, finished_at = $4, reply = $5,"
                  " attempts = CASE WHEN attempts > $3 THEN attempts ELSE $3 + 1 END,"
                  " uncertain = uncertain"
                  " - CASE WHEN state = 'waiting' AND uncertain > 0 THEN 1 ELSE 0 END"
                  " WHERE id = $1"
                  " AND (state = 'waiting' OR (claimed_by = $2 AND attempts = $3))",
                  DB_ARGS(db_int(claim->id), db_text(owner), db_int(claim->attempts),
                          db_int(now), db_text(reply)),
                  NULL, err);
}

static bool mark_end(Db *db, const char *owner, const SmsClaim *claim, const char *state,
                     bool is_uncertain, const char *reply, int64_t now, GError **err)
{
    int64_t changed = 0;
    return db_run(db,
                  "UPDATE sms SET state = $4, number = NULL, text = NULL, claimed_by = NULL,"
                  " finished_at = $5, reply = $6, attempts = $3 + 1,"
                  " uncertain = uncertain + $7"
                  " WHERE id = $1 AND claimed_by = $2 AND attempts = $3",
                  DB_ARGS(db_int(claim->id), db_text(owner), db_int(claim->attempts),
                          db_text(state), db_int(now), db_text(reply),
                          db_int(is_uncertain ? 1 : 0)),
                  &changed, err) &&
           (changed == 0 || note_end(db, claim->id, state, now, err));
}

static bool mark_again(Db *db, const char *owner, const SmsClaim *claim, bool is_uncertain,
                       const char *reply, int64_t due_at, GError **err)
{
    return db_run(db,
                  "UPDATE sms SET state = 'waiting', claimed_by = NULL, attempts = $3 + 1,"
                  " uncertain = uncertain + $6, due_at = $4, reply = $5"
                  " WHERE id = $1 AND claimed_by = $2 AND attempts = $3",
                  DB_ARGS(db_int(claim->id), db_text(owner), db_int(claim->attempts),
                          db_int(due_at), db_text(reply), db_int(is_uncertain ? 1 : 0)),
                  NULL, err);
}

static bool mark(Db *db, const char *owner, const SmsClaim *claim, SmsOutcome outcome,
                 const char *reply, int64_t now, GError **err)
{
    bool is_uncertain = outcome == SMS_UNCERTAIN;
    int64_t due_at = now + sms_retry_gap(claim->attempts + 1);
    if (outcome == SMS_SENT)
        return mark_sent(db, owner, claim, reply, now, err);
    if (outcome == SMS_REFUSED)
        return mark_end(db, owner, claim, "refused", false, reply, now, err);
    if (due_at >= claim->expires_at || claim->attempts + 1 >= SMS_ATTEMPTS_MAX)
        return mark_end(db, owner, claim, "expired", is_uncertain, reply, now, err);
    return mark_again(db, owner, claim, is_uncertain, reply, due_at, err);
}

bool sms_mark(Db *db, const char *owner, const SmsClaim *claim, SmsOutcome outcome,
              const char *reply, int64_t now, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    return transaction != NULL && mark(db, owner, claim, outcome, reply, now, err) &&
           db_commit(&transaction, err);
}

/* Time */

#define EXPIRED_AT_ONCE 1000 /* rows of one transaction */

typedef struct {
    int64_t id;
} Number;

static const DbField NUMBER_FIELDS[] = { DB_FIELD(Number, id) };

static const DbRecord NUMBER = {
    .size = sizeof(Number),
    .free = g_free,
    .fields = NUMBER_FIELDS,
    .n_fields = G_N_ELEMENTS(NUMBER_FIELDS),
};

static bool expire(Db *db, int64_t id, int64_t now, GError **err)
{
    return db_run(db,
                  "UPDATE sms SET state = 'expired', number = NULL, text = NULL,"
                  " finished_at = $2 WHERE id = $1",
                  DB_ARGS(db_int(id), db_int(now)), NULL, err) &&
           note_end(db, id, "expired", now, err);
}

bool sms_expire(Db *db, int64_t now, int64_t *ret_count, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL)
        return false;
    g_autoptr(GPtrArray) rows = db_select(
        db, &NUMBER,
        "SELECT id FROM sms WHERE state = 'waiting'"
        " AND (expires_at <= $1 OR attempts >= $2) ORDER BY id LIMIT $3",
        DB_ARGS(db_int(now), db_int(SMS_ATTEMPTS_MAX), db_int(EXPIRED_AT_ONCE)), err);
    if (rows == NULL)
        return false;
    for (guint i = 0; i < rows->len; i++) {
        if (!expire(db, ((const Number *) rows->pdata[i])->id, now, err))
            return false;
    }
    if (!db_commit(&transaction, err))
        return false;
    *ret_count = rows->len;
    return true;
}

typedef struct {
    int64_t due_at;
    int64_t expires_at;
} Next;

static const DbField NEXT_FIELDS[] = { DB_FIELD(Next, due_at), DB_FIELD(Next, expires_at) };

static const DbRecord NEXT = {
    .size = sizeof(Next),
    .free = g_free,
    .fields = NEXT_FIELDS,
    .n_fields = G_N_ELEMENTS(NEXT_FIELDS),
};

/* What is due later than any gap lasts was put off by a clock that has been set back since. */
static bool undo_lead(Db *db, int64_t now, GError **err)
{
    int64_t longest = RETRY_GAPS[G_N_ELEMENTS(RETRY_GAPS) - 1];
    return db_run(db, "UPDATE sms SET due_at = $1 WHERE state = 'waiting' AND due_at > $2",
                  DB_ARGS(db_int(now), db_int(now + longest)), NULL, err);
}

bool sms_next(Db *db, int64_t per_hour, int64_t now, int64_t *ret_at, GError **err)
{
    Spent spent = { 0 };
    g_autoptr(GPtrArray) rows = db_select(db, &NEXT,
                                          "SELECT coalesce(min(due_at), -1) AS due_at,"
                                          " coalesce(min(expires_at), -1) AS expires_at"
                                          " FROM sms WHERE state = 'waiting'",
                                          DB_NO_ARGS, err);
    if (rows == NULL)
        return false;
    const Next *next = rows->pdata[0];
    *ret_at = -1;
    if (next->due_at < 0)
        return true;
    if (!undo_lead(db, now, err) || !find_spent(db, now, &spent, err))
        return false;

    int64_t due_at = MIN(next->due_at, now + RETRY_GAPS[G_N_ELEMENTS(RETRY_GAPS) - 1]);
    if (spent.attempts >= per_hour)
        due_at = per_hour == 0 ? INT64_MAX : MAX(due_at, spent.free_at);
    *ret_at = MIN(due_at, next->expires_at);
    return true;
}

bool sms_release_claims(Db *db, const char *owner, int64_t now, int64_t *ret_count,
                        GError **err)
{
    return db_run(db,
                  "UPDATE sms SET state = 'waiting', attempts = attempts + 1,"
                  " uncertain = uncertain + 1, due_at = $2, claimed_by = NULL"
                  " WHERE state = 'claimed' AND claimed_by = $1",
                  DB_ARGS(db_text(owner), db_int(now)), ret_count, err);
}
