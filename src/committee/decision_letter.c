#include "committee/decision_letter.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/token.h"
#include "directory/person.h"
#include "queue/letter.h"

static json_t *time_of(int64_t at)
{
    g_autofree char *text = clock_format(at);
    return json_string(text);
}

static const char *option_text(const Decision *decision, int64_t position)
{
    for (guint i = 0; i < decision->options->len; i++) {
        const DecisionOption *option = decision->options->pdata[i];
        if (option->position == position)
            return option->text;
    }
    return "";
}

static json_t *options_of(const Decision *decision)
{
    json_t *rows = json_array();
    for (guint i = 0; i < decision->options->len; i++) {
        const DecisionOption *option = decision->options->pdata[i];
        json_t *row = json_object();
        (void) json_object_set_new(row, "number", json_integer(option->position));
        (void) json_object_set_new(row, "text", json_string(option->text));
        (void) json_object_set_new(row, "votes", json_integer(option->votes));
        (void) json_array_append_new(rows, row);
    }
    return rows;
}

/* What all these letters know. */
static json_t *data_of(const Decision *decision, const char *name)
{
    g_autofree char *number = decision_label(decision->id);
    g_autofree char *subject = text_truncate(decision->question, SUBJECT_SHOWN_MAX);
    g_autofree char *about = decision_about(decision);
    json_t *data = json_object();
    (void) json_object_set_new(data, "number", json_string(number));
    (void) json_object_set_new(data, "name", json_string(name));
    (void) json_object_set_new(data, "subject", json_string(subject));
    (void) json_object_set_new(data, "question", json_string(decision->question));
    (void) json_object_set_new(data, "about", json_string(about != NULL ? about : ""));
    (void) json_object_set_new(data, "options", options_of(decision));
    (void) json_object_set_new(data, "opened", time_of(decision->opened_at));
    (void) json_object_set_new(data, "deadline", time_of(decision->deadline));
    (void) json_object_set_new(data, "quorum", json_integer(decision->quorum));
    (void) json_object_set_new(data, "voters", json_integer(decision->voters));
    (void) json_object_set_new(data, "voted", json_integer(decision->voted));
    return data;
}

/* The token goes into the mail only; the store has its hash. */
static bool give_token(const Work *work, const Ballot *ballot, char **ret_address, GError **err)
{
    g_autofree char *token = token_new();
    g_autofree char *hash = token_hash(token);
    g_autofree char *suffix = g_strconcat("-confirm+", token, NULL);
    if (!db_run(work->db, "INSERT INTO ballot_token (token_hash, ballot_id) VALUES ($1, $2)",
                DB_ARGS(db_text(hash), db_int(ballot->id)), NULL, err))
        return false;
    *ret_address = address_with_detail(work->config->list, suffix);
    return true;
}

bool decision_letter_ballot(const Work *work, const Decision *decision, const Ballot *ballot,
                            const DecisionNote *note, GError **err)
{
    g_autoptr(Person) person = NULL;
    g_autofree char *from = NULL;
    if (!person_find(work->db, ballot->person_id, &person, err))
        return false;
    if (person == NULL)
        return true;
    if (!give_token(work, ballot, &from, err))
        return false;

    json_t *data = data_of(decision, ballot->name);
    (void) json_object_set_new(data, "vote",
                               json_string(option_text(decision, ballot->choice)));
    (void) json_object_set_new(data, "is_open", json_boolean(decision->state == DECISION_OPEN));
    (void) json_object_set_new(data, "is_typed", json_boolean(ballot->recorded_by != NULL));
    (void) json_object_set_new(data, "reason",
                               json_string(note->reason != NULL ? note->reason : ""));
    const Letter letter = {
        .template = note->template,
        .language = person->language,
        .kind = OUTBOX_NOTICE,
        .from = from,
        .to = person->primary,
        .in_reply_to = note->in_reply_to,
        .is_reply = note->is_reply,
        .data = data,
    };
    return letter_send(work, &letter, err);
}

/* Closing */

static json_t *votes_of(const Decision *decision)
{
    json_t *rows = json_array();
    for (guint i = 0; i < decision->ballots->len; i++) {
        const Ballot *ballot = decision->ballots->pdata[i];
        const char *name = ballot->name != NULL ? ballot->name : "somebody no longer on file";
        bool is_lost = ballot->choice != 0 && !ballot->may_vote;
        json_t *row = json_object();
        (void) json_object_set_new(row, "name", json_string(name));
        (void) json_object_set_new(row, "vote",
                                   json_string(option_text(decision, ballot->choice)));
        (void) json_object_set_new(row, "is_lost", json_boolean(is_lost));
        (void) json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *closed_data(const Decision *decision, const char *name)
{
    json_t *data = data_of(decision, name);
    const struct {
        const char *name;
        DecisionState state;
    } flags[] = {
        { "is_chosen", DECISION_CHOSEN },
        { "is_tie", DECISION_TIE },
        { "is_no_quorum", DECISION_NO_QUORUM },
        { "is_withdrawn", DECISION_WITHDRAWN },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        (void) json_object_set_new(data, flags[i].name,
                                   json_boolean(decision->state == flags[i].state));
    const char *outcome = decision->outcome != NULL ? decision->outcome : "";
    const char *reason = decision->reason != NULL ? decision->reason : "";
    (void) json_object_set_new(data, "outcome", json_string(outcome));
    (void) json_object_set_new(data, "reason", json_string(reason));
    (void) json_object_set_new(data, "closed", time_of(decision->closed_at));
    (void) json_object_set_new(data, "votes", votes_of(decision));
    return data;
}

static bool send_closed(const Work *work, const Decision *decision, const Person *person,
                        GError **err)
{
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    g_autofree char *name = person != NULL ? person_name(person) : g_strdup("");
    const Letter letter = {
        .template = "decision-closed",
        .language = person != NULL ? person->language : NULL,
        .kind = OUTBOX_NOTICE,
        .from = owner,
        .to = person != NULL ? person->primary : work->config->secretariat_address,
        .data = closed_data(decision, name),
    };
    return letter_send(work, &letter, err);
}

/* One of those who are told. */
typedef struct {
    int64_t person_id;
} Reader;

static const DbField READER_FIELDS[] = { DB_FIELD(Reader, person_id) };

static const DbRecord READER = {
    .size = sizeof(Reader),
    .free = g_free,
    .fields = READER_FIELDS,
    .n_fields = G_N_ELEMENTS(READER_FIELDS),
};

bool decision_letter_closed(const Work *work, const Decision *decision, GError **err)
{
    g_autoptr(GPtrArray) readers = db_select(
        work->db, &READER,
        "SELECT person_id FROM ballot WHERE decision_id = $1 AND person_id IS NOT NULL"
        " UNION SELECT person_id FROM office WHERE kind = 'chair' AND until IS NULL"
        " ORDER BY person_id",
        DB_ARGS(db_int(decision->id)), err);
    if (readers == NULL)
        return false;
    for (guint i = 0; i < readers->len; i++) {
        g_autoptr(Person) person = NULL;
        if (!person_find(work->db, ((const Reader *) readers->pdata[i])->person_id, &person,
                         err) ||
            (person != NULL && !send_closed(work, decision, person, err)))
            return false;
    }
    return send_closed(work, decision, NULL, err);
}
