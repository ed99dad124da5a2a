#include "cli/request_show.h"

#include "committee/decision.h"
#include "membership/request_desk.h"

static const OutputColumn SHOW_COLUMNS[] = {
    { "number", "request" },
    { "kind", "asks to" },
    { "tld", "TLD" },
    { "state", "state" },
    { "since", "since" },
    { "waits_for", "waits for" },
    { "rule", "by the rule" },
    { "asker", "asked by" },
    { "requester", "from" },
    { "evidence", "evidence" },
    { "copied", "authority in copy" },
    { "language", "language" },
    { "created", "opened" },
    { "next", "next look" },
    { "expires", "ends" },
    { "assigned_to", "with" },
    { "parked", "parked" },
    { "reason", "reason" },
};

static const OutputColumn CONTACT_COLUMNS[] = {
    { "position", "no." },      { "name", "name" },           { "mobile", "mobile" },
    { "primary", "primary" },   { "secondary", "secondary" }, { "whose", "whose entry" },
    { "person_id", "on file" }, { "problem", "problem" },
};

static const OutputColumn NEED_COLUMNS[] = {
    { "way", "way" },         { "need", "needs" },    { "subject", "of" },
    { "state", "state" },     { "asked", "asked" },   { "expires", "until" },
    { "settled", "settled" }, { "settled_by", "by" }, { "about", "about" },
    { "why", "why" },
};

static const OutputColumn VOTE_COLUMNS[] = {
    { "decision", "decision" }, { "name", "who" },      { "vote", "vote" },
    { "voted", "at" },          { "counts", "counts" }, { "via", "by" },
};

static const OutputColumn EVENT_COLUMNS[] = {
    { "at", "at" },           { "actor", "who" }, { "what", "what" },
    { "details", "details" }, { "mail", "mail" },
};
/* Records */

static json_t *contact_record(const RequestContact *contact)
{
    g_autofree char *name = request_contact_name(contact);
    return json_pack(
        "{s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "position", contact->position, "person_id",
        contact->person_id != 0 ? json_integer(contact->person_id) : json_null(), "name", name,
        "mobile", output_string(contact->mobile), "primary", output_string(contact->primary),
        "secondary", output_string(contact->secondary), "whose", output_string(contact->whose),
        "problem", output_string(contact->problem));
}

static json_t *contact_records(Db *db, int64_t number, GError **err)
{
    g_autoptr(GPtrArray) contacts = request_contacts(db, number, err);
    if (contacts == NULL)
        return NULL;
    json_t *rows = json_array();
    for (guint i = 0; i < contacts->len; i++)
        (void) json_array_append_new(rows, contact_record(contacts->pdata[i]));
    return rows;
}

json_t *request_record(Db *db, const Request *request, GError **err)
{
    g_autofree char *waits_for = NULL;
    if (!request_waits_for(db, request, &waits_for, err))
        return NULL;
    json_t *contacts = contact_records(db, request->number, err);
    if (contacts == NULL)
        return NULL;
    return json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o,"
        " s:o, s:o, s:o}",
        "number", request->number, "kind", request->kind_name, "tld", request->tld, "u_label",
        request->u_label, "state", request->state_name, "waits_for",
        output_string(*waits_for != '\0' ? waits_for : NULL), "since",
        output_time(request->since), "asker", request->asker_name, "requester",
        output_string(request->requester), "rule", output_string(request->rule), "evidence",
        output_string(request->evidence), "copied", request->is_copied, "language",
        request->language, "created", output_time(request->created_at), "next",
        output_time(request->next_at), "expires", output_time(request->expires_at),
        "assigned_to", output_string(request->assigned_to), "parked",
        output_string(request->parked), "reason", output_string(request->reason), "contacts",
        contacts);
}

static json_t *need_records(Db *db, int64_t number, GError **err)
{
    g_autoptr(GPtrArray) needs = request_needs(db, number, err);
    if (needs == NULL)
        return NULL;
    json_t *rows = json_array();
    for (guint i = 0; i < needs->len; i++) {
        const RequestNeed *need = needs->pdata[i];
        (void) json_array_append_new(
            rows,
            json_pack("{s:I, s:s, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "way",
                      need->way, "need", need->kind_name, "contact", need->position, "subject",
                      output_string(need->subject), "state", need->state_name, "asked",
                      output_time(need->asked_at), "expires", output_time(need->expires_at),
                      "settled", output_time(need->settled_at), "settled_by",
                      output_string(need->settled_by), "about", output_string(need->about),
                      "why", output_string(need->why)));
    }
    return rows;
}

/* Of one decision: who has voted for what. */
static bool add_votes(Db *db, const RequestNeed *need, json_t *rows, GError **err)
{
    g_autoptr(Decision) decision = NULL;
    if (!decision_find(db, g_ascii_strtoll(need->subject, NULL, 10), &decision, err))
        return false;
    for (guint i = 0; decision != NULL && i < decision->ballots->len; i++) {
        const Ballot *ballot = decision->ballots->pdata[i];
        g_autofree char *label = decision_label(decision->id);
        if (ballot->choice == 0)
            continue;
        const DecisionOption *option = decision->options->pdata[ballot->choice - 1];
        (void) json_array_append_new(
            rows, json_pack("{s:s, s:o, s:s, s:o, s:b, s:o}", "decision", label, "name",
                            output_string(ballot->name), "vote", option->text, "voted",
                            output_time(ballot->voted_at), "counts", ballot->may_vote, "via",
                            output_string(ballot->via)));
    }
    return true;
}

static json_t *vote_records(Db *db, int64_t number, GError **err)
{
    g_autoptr(GPtrArray) needs = request_needs(db, number, err);
    json_t *rows = needs != NULL ? json_array() : NULL;
    for (guint i = 0; rows != NULL && i < needs->len; i++) {
        const RequestNeed *need = needs->pdata[i];
        bool is_put = need->kind == NEED_DECISION && need->subject != NULL;
        if (is_put && !add_votes(db, need, rows, err))
            g_clear_pointer(&rows, json_decref);
    }
    return rows;
}

/* Where a mail of the story is to be seen: "in 12" is `muster message show 12`. */
static json_t *mail_of(const RequestEvent *event)
{
    if (event->inbox_id == 0 && event->message_id == 0)
        return json_null();
    return json_sprintf("%s %" G_GINT64_FORMAT, event->inbox_id != 0 ? "in" : "out",
                        event->inbox_id != 0 ? event->inbox_id : event->message_id);
}

static json_t *event_records(Db *db, int64_t number, GError **err)
{
    g_autoptr(GPtrArray) events = request_events(db, number, err);
    if (events == NULL)
        return NULL;
    json_t *rows = json_array();
    for (guint i = 0; i < events->len; i++) {
        const RequestEvent *event = events->pdata[i];
        (void) json_array_append_new(
            rows, json_pack("{s:o, s:s, s:s, s:o, s:o}", "at", output_time(event->at), "actor",
                            event->actor, "what", event->what, "details",
                            output_string(event->details), "mail", mail_of(event)));
    }
    return rows;
}

/* Showing */

static void print_part(Output *output, const char *title, const json_t *rows,
                       const OutputColumn *columns, size_t n_columns)
{
    if (json_array_size(rows) == 0)
        return;
    output_line(output, "%s", "");
    output_line(output, "%s:", title);
    output_rows(output, rows, columns, n_columns);
}

static void print(Output *output, const json_t *record)
{
    output_record(output, json_deep_copy(record), SHOW_COLUMNS, G_N_ELEMENTS(SHOW_COLUMNS));
    print_part(output, "contacts", json_object_get(record, "contacts"), CONTACT_COLUMNS,
               G_N_ELEMENTS(CONTACT_COLUMNS));
    print_part(output, "what it needs", json_object_get(record, "needs"), NEED_COLUMNS,
               G_N_ELEMENTS(NEED_COLUMNS));
    print_part(output, "votes", json_object_get(record, "votes"), VOTE_COLUMNS,
               G_N_ELEMENTS(VOTE_COLUMNS));
    print_part(output, "its story", json_object_get(record, "events"), EVENT_COLUMNS,
               G_N_ELEMENTS(EVENT_COLUMNS));
}

/* Takes rows, which are NULL if they could not be read. */
static bool add_part(json_t *record, const char *key, json_t *rows)
{
    return rows != NULL && json_object_set_new(record, key, rows) == 0;
}

bool request_show(Session *session, int64_t number, GError **err)
{
    g_autoptr(Request) request = NULL;
    if (!request_get(session->db, number, &request, err))
        return false;
    json_t *record = request_record(session->db, request, err);
    if (record == NULL)
        return false;
    if (!add_part(record, "needs", need_records(session->db, number, err)) ||
        !add_part(record, "votes", vote_records(session->db, number, err)) ||
        !add_part(record, "events", event_records(session->db, number, err))) {
        json_decref(record);
        return false;
    }
    if (!output_is_json(session->output))
        print(session->output, record);
    output_document(session->output, record);
    return true;
}
