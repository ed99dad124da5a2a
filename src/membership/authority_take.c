/* Taking in what IANA answered, see authority.h. */
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "membership/authority_change.h"
#include "store/journal.h"

static const char *const OUTCOMES[] = {
    [AUTHORITY_FAILED] = "failed",
    [AUTHORITY_NEW] = "new",
    [AUTHORITY_SAME] = "same",
    [AUTHORITY_CHANGED] = "changed",
};

const char *authority_outcome_text(AuthorityOutcome outcome)
{
    return OUTCOMES[outcome];
}

void authority_taken_clear(AuthorityTaken *taken)
{
    g_clear_pointer(&taken->changes, g_ptr_array_unref);
    for (size_t i = 0; i < IANA_SOURCES; i++)
        g_clear_pointer(&taken->failures[i], g_free);
}

/* The sources */

/* Keeps an answer that was read; one that was not leaves the last that was. */
static bool keep_answer(Db *db, const char *tld, IanaSource source, const IanaAnswer *answer,
                        const char *failure, int64_t now, GError **err)
{
    bool is_read = answer->record != NULL;
    return db_run(
        db,
        "INSERT INTO authority_source (tld, source, asked_at, failure, read_at, answer)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tld, source) DO UPDATE"
        " SET asked_at = excluded.asked_at, failure = excluded.failure,"
        " read_at = coalesce(excluded.read_at, authority_source.read_at),"
        " answer = coalesce(excluded.answer, authority_source.answer)",
        DB_ARGS(db_text(tld), db_text(iana_source_key(source)), db_int(now), db_text(failure),
                is_read ? db_int(now) : db_null(),
                is_read ? db_bytes(answer->bytes) : db_null()),
        NULL, err);
}

static bool keep_answers(Db *db, const char *tld, const IanaAnswer *answers, int64_t now,
                         AuthorityTaken *taken, GError **err)
{
    for (size_t i = 0; i < IANA_SOURCES; i++) {
        const GError *failure = answers[i].failure;
        if (failure != NULL)
            taken->failures[i] = text_printable_max(failure->message, strlen(failure->message),
                                                    IANA_SHOWN_MAX);
        if (!keep_answer(db, tld, (IanaSource) i, &answers[i], taken->failures[i], now, err))
            return false;
    }
    return true;
}

typedef struct {
    GBytes *answer;
    int64_t asked_at;
    int64_t read_at;
    char *failure;
} SourceRow;

static void source_row_free(SourceRow *row)
{
    g_clear_pointer(&row->answer, g_bytes_unref);
    g_free(row->failure);
    g_free(row);
}

static const DbField SOURCE_FIELDS[] = {
    DB_FIELD(SourceRow, answer),
    DB_FIELD(SourceRow, asked_at),
    DB_FIELD(SourceRow, read_at),
    DB_FIELD(SourceRow, failure),
};

static const DbRecord SOURCE_RECORD = {
    .size = sizeof(SourceRow),
    .free = (GDestroyNotify) source_row_free,
    .fields = SOURCE_FIELDS,
    .n_fields = G_N_ELEMENTS(SOURCE_FIELDS),
};

void authority_source_clear(AuthoritySource *source)
{
    g_clear_pointer(&source->record, iana_record_free);
    g_clear_pointer(&source->failure, g_free);
}

bool authority_source_get(Db *db, const char *tld, IanaSource source, AuthoritySource *ret,
                          GError **err)
{
    g_autoptr(GPtrArray)
        rows = db_select(db, &SOURCE_RECORD,
                         "SELECT answer, asked_at, read_at, failure FROM authority_source"
                         " WHERE tld = $1 AND source = $2",
                         DB_ARGS(db_text(tld), db_text(iana_source_key(source))), err);
    if (rows == NULL)
        return false;

    *ret = (AuthoritySource){ .record = NULL };
    if (rows->len == 0)
        return true;
    SourceRow *row = rows->pdata[0];
    g_auto(IanaAnswer) answer = { .bytes = NULL };
    if (row->answer != NULL)
        iana_read(source, tld, g_steal_pointer(&row->answer), &answer);
    ret->record = g_steal_pointer(&answer.record);
    ret->asked_at = row->asked_at;
    ret->read_at = row->read_at;
    ret->failure = g_steal_pointer(&row->failure);
    return true;
}

/* The row */

/* Parameters in the order of the statement below. */
static void bind_record(const IanaRecord *record, DbValue *values)
{
    size_t n = 0;
    values[n++] = db_text(record->domain);
    values[n++] = db_int(record->ds_count);
    values[n++] = record->created_at != 0 ? db_int(record->created_at) : db_null();
    values[n++] = record->changed_at != 0 ? db_int(record->changed_at) : db_null();
    for (size_t i = 0; i < IANA_FIELDS; i++)
        values[n++] = db_text(iana_record_get(record, &IANA_FIELD_TABLE[i]));
}

#define BOUND_RECORD  (4 + IANA_FIELDS)
#define BOUND_ADDRESS 4

static void bind_address(const AddressState *state, DbValue *values)
{
    values[0] = db_text(trust_text(state->trust));
    values[1] = db_bool(state->is_pending);
    values[2] = db_text(state->is_pending ? state->candidate : NULL);
    values[3] = state->is_pending ? db_int(state->pending_since) : db_null();
}

/* Names the columns as the values are bound: fields of the table in its order. */
static char *store_statement(void)
{
    g_autoptr(GString) names = g_string_new("tld, ds_count, created_at, changed_at");
    g_autoptr(GString) places = g_string_new("$1");
    g_autoptr(GString) renewal = g_string_new(NULL);
    for (size_t i = 0; i < IANA_FIELDS; i++)
        g_string_append_printf(names, ", %s", IANA_FIELD_TABLE[i].key);
    for (size_t i = 0; i < AUTHORITY_ROLES; i++) {
        const char *role = authority_role_text((AuthorityRole) i);
        g_string_append_printf(names, ", %s_trust, %s_pending, %s_candidate, %s_since", role,
                               role, role, role);
    }

    g_auto(GStrv) columns = g_strsplit(names->str, ", ", -1);
    for (size_t i = 1; columns[i] != NULL; i++) {
        g_string_append_printf(places, ", $%zu", i + 1);
        g_string_append_printf(renewal, "%s%s = excluded.%s", i > 1 ? ", " : "", columns[i],
                               columns[i]);
    }
    return g_strdup_printf("INSERT INTO authority (%s) VALUES (%s)"
                           " ON CONFLICT (tld) DO UPDATE SET %s",
                           names->str, places->str, renewal->str);
}

static bool store(Db *db, const IanaRecord *record, const AddressState *states, GError **err)
{
    DbValue values[BOUND_RECORD + AUTHORITY_ROLES * BOUND_ADDRESS];
    g_autofree char *sql = store_statement();
    bind_record(record, values);
    for (size_t i = 0; i < AUTHORITY_ROLES; i++)
        bind_address(&states[i], values + BOUND_RECORD + i * BOUND_ADDRESS);
    return db_run(db, sql, (DbArgs){ values, G_N_ELEMENTS(values) }, NULL, err);
}

/* What is to be on file */

static const IanaField *email_field(AuthorityRole role)
{
    return iana_field_find(role == AUTHORITY_ADMINISTRATIVE ? "administrative_email"
                                                            : "technical_email");
}

static AddressSeen seen_at(const IanaAnswer *answer, AuthorityRole role)
{
    bool is_read = answer->record != NULL;
    return (AddressSeen){
        .is_read = is_read,
        .address = is_read ? iana_record_get(answer->record, email_field(role)) : NULL,
    };
}

static AddressState judge(const Authority *before, const IanaAnswer *answers,
                          AuthorityRole role, int64_t now)
{
    const AddressState nothing = { .trust = TRUST_NONE };
    AddressSeen whois = seen_at(&answers[IANA_WHOIS], role);
    AddressSeen rdap = seen_at(&answers[IANA_RDAP], role);
    return address_judge(before != NULL ? &before->addresses[role] : &nothing, &whois, &rdap,
                         now);
}

static IanaRecord *copy_record(const IanaRecord *record)
{
    IanaRecord *copy = g_new0(IanaRecord, 1);
    copy->domain = g_strdup(record->domain);
    copy->ds_count = record->ds_count;
    copy->created_at = record->created_at;
    copy->changed_at = record->changed_at;
    for (size_t i = 0; i < IANA_FIELDS; i++)
        iana_record_take(copy, &IANA_FIELD_TABLE[i],
                         g_strdup(iana_record_get(record, &IANA_FIELD_TABLE[i])));
    return copy;
}

/* The record to go by, all but its addresses: WHOIS's, else what is on file, else RDAP's; NULL
 * if there is none. */
static const IanaRecord *base_of(const Authority *before, const IanaAnswer *answers)
{
    if (answers[IANA_WHOIS].record != NULL)
        return answers[IANA_WHOIS].record;
    return before != NULL ? &before->record : answers[IANA_RDAP].record;
}

static bool note_first(Db *db, const char *actor, const IanaRecord *record, int64_t now,
                       GError **err)
{
    JournalValue values[IANA_FIELDS];
    size_t n = 0;
    for (size_t i = 0; i < IANA_FIELDS; i++) {
        const char *value = iana_record_get(record, &IANA_FIELD_TABLE[i]);
        if (value != NULL)
            values[n++] = (JournalValue){ IANA_FIELD_TABLE[i].title, value };
    }
    const JournalEntry entry = {
        .actor = actor,
        .action = "authority.add",
        .tld = record->domain,
        .details = "first seen at IANA",
        .values = values,
        .n_values = n,
    };
    return journal_add(db, &entry, now, err);
}

/* An address that is believed for the first time is no change: nobody was written to before. */
static bool note_first_addresses(Db *db, const char *actor, Authority *before,
                                 const IanaRecord *after, int64_t now, GError **err)
{
    JournalValue values[AUTHORITY_ROLES];
    size_t n = 0;
    for (size_t i = 0; i < AUTHORITY_ROLES; i++) {
        const IanaField *field = email_field((AuthorityRole) i);
        Trust trust = before->addresses[i].trust;
        const char *address = iana_record_get(after, field);
        if (address == NULL || before->addresses[i].address != NULL ||
            (trust != TRUST_NONE && trust != TRUST_DISPUTED))
            continue;
        values[n++] = (JournalValue){ field->title, address };
        iana_record_take(&before->record, field, g_strdup(address));
    }
    const JournalEntry entry = {
        .actor = actor,
        .action = "authority.believe",
        .tld = after->domain,
        .values = values,
        .n_values = n,
    };
    return n == 0 || journal_add(db, &entry, now, err);
}

/* May change before, of which nothing else is needed any more. */
static bool note(Db *db, const char *actor, Authority *before, const IanaRecord *after,
                 int64_t now, AuthorityTaken *taken, GError **err)
{
    if (before == NULL) {
        taken->outcome = AUTHORITY_NEW;
        return note_first(db, actor, after, now, err);
    }
    if (!note_first_addresses(db, actor, before, after, now, err) ||
        !authority_note_changes(db, actor, &before->record, after, now, taken->changes, err))
        return false;
    taken->outcome = taken->changes->len > 0 ? AUTHORITY_CHANGED : AUTHORITY_SAME;
    return true;
}

static bool take_within(Db *db, const char *actor, const char *tld, const IanaAnswer *answers,
                        int64_t now, AuthorityTaken *taken, GError **err)
{
    g_autoptr(Authority) before = NULL;
    if (!keep_answers(db, tld, answers, now, taken, err) ||
        !authority_find(db, tld, &before, err))
        return false;
    if (answers[IANA_WHOIS].record == NULL && answers[IANA_RDAP].record == NULL)
        return true;

    AddressState states[AUTHORITY_ROLES];
    g_autoptr(IanaRecord) after = copy_record(base_of(before, answers));
    for (size_t i = 0; i < AUTHORITY_ROLES; i++) {
        AuthorityRole role = (AuthorityRole) i;
        states[i] = judge(before, answers, role, now);
        iana_record_take(after, email_field(role), g_strdup(states[i].address));
        taken->is_in_doubt |= states[i].is_pending || states[i].trust == TRUST_DISPUTED;
    }
    return store(db, after, states, err) && note(db, actor, before, after, now, taken, err);
}

bool authority_take(Db *db, const char *actor, const char *tld, const IanaAnswer *answers,
                    int64_t now, AuthorityTaken *ret_taken, GError **err)
{
    g_auto(AuthorityTaken) taken = { .outcome = AUTHORITY_FAILED };
    taken.changes = g_ptr_array_new();
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL || !take_within(db, actor, tld, answers, now, &taken, err) ||
        !db_commit(&transaction, err))
        return false;
    *ret_taken = taken;
    taken = (AuthorityTaken){ .changes = NULL };
    return true;
}

/* Deciding by hand */

/* Puts the addresses of a record on file as accepted. */
static bool put_accepted(Db *db, const char *actor, const Authority *before,
                         const IanaRecord *said, int64_t now, GError **err)
{
    AddressState states[AUTHORITY_ROLES];
    g_autoptr(GPtrArray) titles = g_ptr_array_new();
    g_autoptr(IanaRecord) after = copy_record(&before->record);
    for (size_t i = 0; i < AUTHORITY_ROLES; i++) {
        const IanaField *field = email_field((AuthorityRole) i);
        const char *address = iana_record_get(said, field);
        states[i] = (AddressState){ .trust = TRUST_ACCEPTED, .address = address };
        iana_record_take(after, field, g_strdup(address));
    }
    return store(db, after, states, err) &&
           authority_note_changes(db, actor, &before->record, after, now, titles, err);
}

static bool journal_accepted(Db *db, const char *actor, const char *tld, IanaSource source,
                             const IanaRecord *said, int64_t now, GError **err)
{
    const JournalValue values[] = {
        { "administrative e-mail", said->administrative.email },
        { "technical e-mail", said->technical.email },
    };
    const JournalEntry entry = {
        .actor = actor,
        .action = "authority.accept",
        .tld = tld,
        .details = iana_source_title(source),
        .values = values,
        .n_values = G_N_ELEMENTS(values),
    };
    return journal_add(db, &entry, now, err);
}

static bool accept_within(Db *db, const char *actor, const char *tld, IanaSource source,
                          int64_t now, GError **err)
{
    g_autoptr(Authority) before = NULL;
    g_auto(AuthoritySource) said = { .record = NULL };
    int64_t seen = 0;
    if (!authority_get(db, tld, &before, err) ||
        !authority_source_get(db, tld, source, &said, err))
        return false;
    if (said.record == NULL)
        return err_set(err, ERR_NOT_FOUND, "no answer of %s about .%s was ever read",
                       iana_source_title(source), tld);
    return put_accepted(db, actor, before, said.record, now, err) &&
           journal_accepted(db, actor, tld, source, said.record, now, err) &&
           authority_see_within(db, actor, tld, now, &seen, err);
}

bool authority_accept(Db *db, const char *actor, const char *tld, IanaSource source,
                      int64_t now, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    return transaction != NULL && accept_within(db, actor, tld, source, now, err) &&
           db_commit(&transaction, err);
}
