#include "membership/request.h"

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/token.h"
#include "store/journal.h"

/* States */

static const char *const STATES[] = {
    [REQUEST_INCOMPLETE] = "incomplete",
    [REQUEST_AUTHORITY] = "authority",
    [REQUEST_ADDRESS] = "address",
    [REQUEST_PHONE] = "phone",
    [REQUEST_DECISION] = "decision",
    [REQUEST_SECRETARIAT] = "secretariat",
    [REQUEST_DONE] = "done",
    [REQUEST_REFUSED] = "refused",
    [REQUEST_EXPIRED] = "expired",
    [REQUEST_WITHDRAWN] = "withdrawn",
};

static const char *const NEED_STATES[] = {
    [NEED_STATE_WAITING] = "waiting",
    [NEED_STATE_ASKED] = "asked",
    [NEED_STATE_MET] = "met",
    [NEED_STATE_REFUSED] = "refused",
    [NEED_STATE_OVERRIDDEN] = "overridden",
    [NEED_STATE_EXPIRED] = "expired",
    [NEED_STATE_VOID] = "void",
};

const char *request_state_name(RequestState state)
{
    return STATES[state];
}

bool request_state_parse(const char *name, RequestState *ret_state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        if (g_str_equal(STATES[i], name)) {
            *ret_state = (RequestState) i;
            return true;
        }
    }
    return false;
}

bool request_state_is_open(RequestState state)
{
    return state < REQUEST_DONE;
}

const char *need_state_name(NeedState state)
{
    return NEED_STATES[state];
}

static NeedState need_state_of(const char *name)
{
    size_t i = 0;
    while (i < G_N_ELEMENTS(NEED_STATES) - 1 && !g_str_equal(NEED_STATES[i], name))
        i++;
    return (NeedState) i;
}

/* Requests */

void request_free(Request *request)
{
    if (request == NULL)
        return;
    g_free(request->kind_name);
    g_free(request->tld);
    g_free(request->u_label);
    g_free(request->state_name);
    g_free(request->asker_name);
    g_free(request->requester);
    g_free(request->evidence);
    g_free(request->language);
    g_free(request->rule);
    g_free(request->assigned_to);
    g_free(request->parked);
    g_free(request->reason);
    g_free(request);
}

static const DbField REQUEST_FIELDS[] = {
    DB_FIELD(Request, number),      DB_FIELD(Request, kind_name),
    DB_FIELD(Request, tld),         DB_FIELD(Request, state_name),
    DB_FIELD(Request, since),       DB_FIELD(Request, asker_name),
    DB_FIELD(Request, requester),   DB_FIELD(Request, person_id),
    DB_FIELD(Request, evidence),    DB_FIELD(Request, is_copied),
    DB_FIELD(Request, language),    DB_FIELD(Request, rule),
    DB_FIELD(Request, created_at),  DB_FIELD(Request, next_at),
    DB_FIELD(Request, expires_at),  DB_FIELD(Request, reminders),
    DB_FIELD(Request, assigned_to), DB_FIELD(Request, parked),
    DB_FIELD(Request, reason),
};

static const DbRecord REQUEST_RECORD = {
    .size = sizeof(Request),
    .free = (GDestroyNotify) request_free,
    .fields = REQUEST_FIELDS,
    .n_fields = G_N_ELEMENTS(REQUEST_FIELDS),
};

#define REQUEST_COLUMNS                                                                        \
    "id AS number, kind AS kind_name, tld, state AS state_name, since, asker AS asker_name,"   \
    " requester, coalesce(person_id, 0) AS person_id, evidence, is_copied, language, rule,"    \
    " created_at, coalesce(next_at, 0) AS next_at, coalesce(expires_at, 0) AS expires_at,"     \
    " reminders, assigned_to, parked, reason"

/* What the names stand for. */
static void finish_request(Request *request)
{
    (void) request_kind_parse(request->kind_name, &request->kind);
    (void) request_state_parse(request->state_name, &request->state);
    (void) asker_parse(request->asker_name, &request->asker);
    request->u_label = domain_display(request->tld);
}

static GPtrArray *finish_all(GPtrArray *requests)
{
    for (guint i = 0; requests != NULL && i < requests->len; i++)
        finish_request(requests->pdata[i]);
    return requests;
}

bool request_find(Db *db, int64_t number, Request **ret_request, GError **err)
{
    g_autoptr(GPtrArray) rows = finish_all(
        db_select(db, &REQUEST_RECORD, "SELECT " REQUEST_COLUMNS " FROM request WHERE id = $1",
                  DB_ARGS(db_int(number)), err));
    if (rows == NULL)
        return false;
    *ret_request = rows->len > 0 ? g_ptr_array_steal_index(rows, 0) : NULL;
    return true;
}

bool request_get(Db *db, int64_t number, Request **ret_request, GError **err)
{
    if (!request_find(db, number, ret_request, err))
        return false;
    return *ret_request != NULL ||
           err_set(err, ERR_NOT_FOUND, "there is no request number %" G_GINT64_FORMAT, number);
}

GPtrArray *request_list(Db *db, const RequestFilter *filter, GError **err)
{
    bool only_open = filter->state == NULL && !filter->is_all;
    if (only_open && filter->tld == NULL)
        return finish_all(db_select(db, &REQUEST_RECORD,
                                    "SELECT " REQUEST_COLUMNS " FROM request"
                                    " WHERE state NOT IN " REQUEST_SQL_ENDED
                                    " ORDER BY created_at, id LIMIT $1",
                                    DB_ARGS(db_int(filter->limit)), err));
    return finish_all(db_select(
        db, &REQUEST_RECORD,
        "SELECT " REQUEST_COLUMNS " FROM request WHERE ($1 = '' OR state = $1)"
        " AND ($2 = '' OR tld = $2) AND ($3 = 0 OR state NOT IN " REQUEST_SQL_ENDED ")"
        " ORDER BY created_at, id LIMIT $4",
        DB_ARGS(db_text(filter->state != NULL ? filter->state : ""),
                db_text(filter->tld != NULL ? filter->tld : ""), db_int(only_open ? 1 : 0),
                db_int(filter->limit)),
        err));
}

static DbValue number_or_null(int64_t number)
{
    return number != 0 ? db_int(number) : db_null();
}

bool request_insert(Db *db, Request *request, GError **err)
{
    g_autofree char *key = request->requester != NULL ? address_key(request->requester) : NULL;
    return db_select_int(
        db,
        "INSERT INTO request (kind, tld, state, since, asker, requester, person_id, evidence,"
        " is_copied, language, rule, created_at, next_at, expires_at, reminders, assigned_to,"
        " parked, reason, requester_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
        " $12, $13, $14, $15, $16, $17, $18, $19) RETURNING id",
        DB_ARGS(db_text(request_kind_name(request->kind)), db_text(request->tld),
                db_text(request_state_name(request->state)), db_int(request->since),
                db_text(asker_name(request->asker)), db_text(request->requester),
                number_or_null(request->person_id), db_text(request->evidence),
                db_bool(request->is_copied), db_text(request->language), db_text(request->rule),
                db_int(request->created_at), number_or_null(request->next_at),
                number_or_null(request->expires_at), db_int(request->reminders),
                db_text(request->assigned_to), db_text(request->parked),
                db_text(request->reason), db_text(key)),
        &request->number, err);
}

bool request_count_of(Db *db, const char *requester, int64_t since, int64_t *ret_count,
                      GError **err)
{
    g_autofree char *key = address_key(requester);
    return db_select_int(
        db, "SELECT count(*) FROM request WHERE requester_key = $1 AND created_at > $2",
        DB_ARGS(db_text(key), db_int(since)), ret_count, err);
}

bool request_count_open(Db *db, const char *tld, int64_t *ret_count, GError **err)
{
    return db_select_int(db,
                         "SELECT count(*) FROM request WHERE tld = $1"
                         " AND state NOT IN " REQUEST_SQL_ENDED,
                         DB_ARGS(db_text(tld)), ret_count, err);
}

bool request_count_mails(Db *db, int64_t number, int64_t since, int64_t *ret_count,
                         GError **err)
{
    return db_select_int(db,
                         "SELECT count(*) FROM request_event WHERE request_id = $1 AND at > $2"
                         " AND what IN ('completed', 'mail')",
                         DB_ARGS(db_int(number), db_int(since)), ret_count, err);
}

bool request_count_letters(Db *db, int64_t since, int64_t *ret_count, GError **err)
{
    return db_select_int(db,
                         "SELECT count(*) FROM request_event e JOIN request r"
                         " ON r.id = e.request_id WHERE e.message_id IS NOT NULL"
                         " AND e.at > $1 AND r.evidence IS NULL",
                         DB_ARGS(db_int(since)), ret_count, err);
}

bool request_update(Db *db, const Request *request, GError **err)
{
    return db_run(
        db,
        "UPDATE request SET kind = $2, state = $3, since = $4, asker = $5, rule = $6,"
        " next_at = $7, expires_at = $8, reminders = $9, assigned_to = $10, parked = $11,"
        " reason = $12, evidence = $13, is_copied = $14 WHERE id = $1",
        DB_ARGS(db_int(request->number), db_text(request_kind_name(request->kind)),
                db_text(request_state_name(request->state)), db_int(request->since),
                db_text(asker_name(request->asker)), db_text(request->rule),
                number_or_null(request->next_at), number_or_null(request->expires_at),
                db_int(request->reminders), db_text(request->assigned_to),
                db_text(request->parked), db_text(request->reason), db_text(request->evidence),
                db_bool(request->is_copied)),
        NULL, err);
}

/* Contacts */

void request_contact_free(RequestContact *contact)
{
    if (contact == NULL)
        return;
    g_free(contact->given_name);
    g_free(contact->family_name);
    g_free(contact->mobile);
    g_free(contact->primary);
    g_free(contact->secondary);
    g_free(contact->whose);
    g_free(contact->problem);
    g_free(contact);
}

static const DbField CONTACT_FIELDS[] = {
    DB_FIELD(RequestContact, position),    DB_FIELD(RequestContact, person_id),
    DB_FIELD(RequestContact, rank),        DB_FIELD(RequestContact, given_name),
    DB_FIELD(RequestContact, family_name), DB_FIELD(RequestContact, mobile),
    DB_FIELD(RequestContact, primary),     DB_FIELD(RequestContact, secondary),
    DB_FIELD(RequestContact, whose),       DB_FIELD(RequestContact, problem),
};

static const DbRecord CONTACT_RECORD = {
    .size = sizeof(RequestContact),
    .free = (GDestroyNotify) request_contact_free,
    .fields = CONTACT_FIELDS,
    .n_fields = G_N_ELEMENTS(CONTACT_FIELDS),
};

char *request_contact_name(const RequestContact *contact)
{
    const char *given = contact->given_name != NULL ? contact->given_name : "";
    const char *family = contact->family_name != NULL ? contact->family_name : "";
    return g_strstrip(g_strconcat(given, " ", family, NULL));
}

GPtrArray *request_contacts(Db *db, int64_t number, GError **err)
{
    return db_select(db, &CONTACT_RECORD,
                     "SELECT position, coalesce(person_id, 0) AS person_id, rank, given_name,"
                     " family_name, mobile, \"primary\", secondary, whose, problem"
                     " FROM request_contact WHERE request_id = $1 ORDER BY position",
                     DB_ARGS(db_int(number)), err);
}

static bool insert_contact(Db *db, int64_t number, const RequestContact *contact, GError **err)
{
    return db_run(db,
                  "INSERT INTO request_contact (request_id, position, person_id, rank,"
                  " given_name, family_name, mobile, \"primary\", secondary, whose, problem)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                  DB_ARGS(db_int(number), db_int(contact->position),
                          number_or_null(contact->person_id), db_int(contact->rank),
                          db_text(contact->given_name), db_text(contact->family_name),
                          db_text(contact->mobile), db_text(contact->primary),
                          db_text(contact->secondary), db_text(contact->whose),
                          db_text(contact->problem)),
                  NULL, err);
}

bool request_set_contacts(Db *db, int64_t number, const GPtrArray *contacts, GError **err)
{
    if (!db_run(db, "DELETE FROM request_contact WHERE request_id = $1",
                DB_ARGS(db_int(number)), NULL, err))
        return false;
    for (guint i = 0; i < contacts->len; i++) {
        if (!insert_contact(db, number, contacts->pdata[i], err))
            return false;
    }
    return true;
}

/* Needs */

void request_need_free(RequestNeed *need)
{
    if (need == NULL)
        return;
    g_free(need->kind_name);
    g_free(need->subject);
    g_free(need->state_name);
    g_free(need->code_hash);
    g_free(need->settled_by);
    g_free(need->about);
    g_free(need->why);
    g_free(need);
}

static const DbField NEED_FIELDS[] = {
    DB_FIELD(RequestNeed, id),         DB_FIELD(RequestNeed, request_id),
    DB_FIELD(RequestNeed, way),        DB_FIELD(RequestNeed, kind_name),
    DB_FIELD(RequestNeed, position),   DB_FIELD(RequestNeed, subject),
    DB_FIELD(RequestNeed, state_name), DB_FIELD(RequestNeed, code_hash),
    DB_FIELD(RequestNeed, tries),      DB_FIELD(RequestNeed, asked_at),
    DB_FIELD(RequestNeed, expires_at), DB_FIELD(RequestNeed, settled_at),
    DB_FIELD(RequestNeed, settled_by), DB_FIELD(RequestNeed, about),
    DB_FIELD(RequestNeed, why),
};

static const DbRecord NEED_RECORD = {
    .size = sizeof(RequestNeed),
    .free = (GDestroyNotify) request_need_free,
    .fields = NEED_FIELDS,
    .n_fields = G_N_ELEMENTS(NEED_FIELDS),
};

#define NEED_COLUMNS                                                                           \
    "id, request_id, way, kind AS kind_name, position, subject, state AS state_name,"          \
    " code_hash, tries, coalesce(asked_at, 0) AS asked_at,"                                    \
    " coalesce(expires_at, 0) AS expires_at, coalesce(settled_at, 0) AS settled_at,"           \
    " settled_by, about, why"

static void finish_need(RequestNeed *need)
{
    (void) need_parse(need->kind_name, &need->kind);
    need->state = need_state_of(need->state_name);
}

bool request_need_is_met(const RequestNeed *need)
{
    return need->state == NEED_STATE_MET || need->state == NEED_STATE_OVERRIDDEN;
}

bool request_need_is_of_authority(const RequestNeed *need)
{
    return need->kind == NEED_AUTHORITY || need->kind == NEED_OBJECTION;
}

GPtrArray *request_needs(Db *db, int64_t number, GError **err)
{
    GPtrArray *needs = db_select(db, &NEED_RECORD,
                                 "SELECT " NEED_COLUMNS " FROM request_need"
                                 " WHERE request_id = $1 ORDER BY id",
                                 DB_ARGS(db_int(number)), err);
    for (guint i = 0; needs != NULL && i < needs->len; i++)
        finish_need(needs->pdata[i]);
    return needs;
}

bool request_need_new_token(Db *db, int64_t need_id, char **ret_token, GError **err)
{
    g_autofree char *token = token_new();
    g_autofree char *hash = token_hash(token);
    if (!db_run(db, "INSERT INTO request_token (token_hash, need_id) VALUES ($1, $2)",
                DB_ARGS(db_text(hash), db_int(need_id)), NULL, err))
        return false;
    *ret_token = g_steal_pointer(&token);
    return true;
}

bool request_need_drop_tokens(Db *db, int64_t need_id, GError **err)
{
    return db_run(db, "DELETE FROM request_token WHERE need_id = $1", DB_ARGS(db_int(need_id)),
                  NULL, err);
}

bool request_need_find_token(Db *db, const char *token, RequestNeed **ret_need, GError **err)
{
    *ret_need = NULL;
    if (token == NULL || !token_is_wellformed(token))
        return true;
    g_autofree char *hash = token_hash(token);
    g_autoptr(GPtrArray) needs = db_select(db, &NEED_RECORD,
                                           "SELECT " NEED_COLUMNS " FROM request_need"
                                           " JOIN request_token ON need_id = id"
                                           " WHERE token_hash = $1",
                                           DB_ARGS(db_text(hash)), err);
    if (needs == NULL)
        return false;
    if (needs->len > 0) {
        *ret_need = g_ptr_array_steal_index(needs, 0);
        finish_need(*ret_need);
    }
    return true;
}

bool request_need_was_delivered(Db *db, const RequestNeed *need, bool *ret_was, GError **err)
{
    int64_t count = 0;
    if (!db_select_int(
            db,
            "SELECT count(*) FROM request_event e JOIN delivery d"
            " ON d.message_id = e.message_id WHERE e.request_id = $1"
            " AND e.at >= $2 AND d.address = $3 AND d.state = 'sent'",
            DB_ARGS(db_int(need->request_id), db_int(need->asked_at), db_text(need->subject)),
            &count, err))
        return false;
    *ret_was = count > 0;
    return true;
}

bool request_need_insert(Db *db, RequestNeed *need, GError **err)
{
    return db_select_int(db,
                         "INSERT INTO request_need (request_id, way, kind, position, subject,"
                         " state, tries, about) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)"
                         " RETURNING id",
                         DB_ARGS(db_int(need->request_id), db_int(need->way),
                                 db_text(need_name(need->kind)), db_int(need->position),
                                 db_text(need->subject), db_text(need_state_name(need->state)),
                                 db_text(need->about)),
                         &need->id, err);
}

bool request_need_update(Db *db, const RequestNeed *need, GError **err)
{
    return db_run(db,
                  "UPDATE request_need SET subject = $2, state = $3, code_hash = $4,"
                  " tries = $5, asked_at = $6, expires_at = $7, settled_at = $8,"
                  " settled_by = $9, why = $10 WHERE id = $1",
                  DB_ARGS(db_int(need->id), db_text(need->subject),
                          db_text(need_state_name(need->state)), db_text(need->code_hash),
                          db_int(need->tries), number_or_null(need->asked_at),
                          number_or_null(need->expires_at), number_or_null(need->settled_at),
                          db_text(need->settled_by), db_text(need->why)),
                  NULL, err);
}

bool request_need_ask_again(Db *db, RequestNeed *need, GError **err)
{
    need->state = NEED_STATE_WAITING;
    need->asked_at = 0;
    need->expires_at = 0;
    return request_need_update(db, need, err) && request_need_drop_tokens(db, need->id, err);
}

bool request_extend(Db *db, Request *request, int64_t seconds, GError **err)
{
    if (request->expires_at != 0)
        request->expires_at += seconds;
    return db_run(db,
                  "UPDATE request_need SET expires_at = expires_at + $2"
                  " WHERE request_id = $1 AND state = 'asked' AND expires_at IS NOT NULL",
                  DB_ARGS(db_int(request->number), db_int(seconds)), NULL, err);
}

/* The story */

void request_event_free(RequestEvent *event)
{
    g_free(event->actor);
    g_free(event->what);
    g_free(event->details);
    g_free(event->header_id);
    g_free(event);
}

static const DbField EVENT_FIELDS[] = {
    DB_FIELD(RequestEvent, at),        DB_FIELD(RequestEvent, actor),
    DB_FIELD(RequestEvent, what),      DB_FIELD(RequestEvent, details),
    DB_FIELD(RequestEvent, inbox_id),  DB_FIELD(RequestEvent, message_id),
    DB_FIELD(RequestEvent, header_id),
};

static const DbRecord EVENT_RECORD = {
    .size = sizeof(RequestEvent),
    .free = (GDestroyNotify) request_event_free,
    .fields = EVENT_FIELDS,
    .n_fields = G_N_ELEMENTS(EVENT_FIELDS),
};

bool request_note(const Work *work, const Request *request, const RequestNote *note,
                  GError **err)
{
    g_autofree char *action = g_strconcat("request.", note->what, NULL);
    g_autofree char *details = g_strdup_printf(
        "request %" G_GINT64_FORMAT ", %s", request->number, request_kind_name(request->kind));
    const JournalValue value = { "details", note->details };
    const JournalEntry entry = {
        .actor = work->actor,
        .action = action,
        .tld = request->tld,
        .person_id = request->person_id,
        .details = details,
        .values = &value,
        .n_values = note->details != NULL ? 1 : 0,
    };
    return db_run(work->db,
                  "INSERT INTO request_event (request_id, at, actor, what, details, inbox_id,"
                  " message_id, header_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  DB_ARGS(db_int(request->number), db_int(work->now), db_text(work->actor),
                          db_text(note->what), db_text(note->details),
                          number_or_null(note->inbox_id), number_or_null(note->message_id),
                          db_text(note->header_id)),
                  NULL, err) &&
           journal_add(work->db, &entry, work->now, err);
}

GPtrArray *request_events(Db *db, int64_t number, GError **err)
{
    return db_select(db, &EVENT_RECORD,
                     "SELECT at, actor, what, details, coalesce(inbox_id, 0) AS inbox_id,"
                     " coalesce(message_id, 0) AS message_id, header_id FROM request_event"
                     " WHERE request_id = $1 ORDER BY id LIMIT $2",
                     DB_ARGS(db_int(number), db_int(REQUEST_EVENTS_MAX)), err);
}

bool request_find_thread(Db *db, const char *header_id, int64_t *ret_number, GError **err)
{
    return db_select_int(db,
                         "SELECT coalesce(max(request_id), 0) FROM request_event"
                         " WHERE header_id = $1",
                         DB_ARGS(db_text(header_id)), ret_number, err);
}
