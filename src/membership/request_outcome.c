#include "membership/request_outcome.h"

#include "base/address.h"
#include "directory/contact.h"
#include "membership/authority_address.h"
#include "membership/request_form.h"
#include "membership/request_letter.h"

struct Outcome {
    const Work *work;
    const Request *request;
    const GPtrArray *contacts;
    GPtrArray *people; /* Person *, in the order of contacts; NULL where nobody was on file */
    GHashTable *told;  /* address keys: who has got a letter */
};

static void free_person(gpointer person)
{
    person_free(person);
}

void outcome_free(Outcome *outcome)
{
    if (outcome == NULL)
        return;
    g_clear_pointer(&outcome->people, g_ptr_array_unref);
    g_clear_pointer(&outcome->told, g_hash_table_unref);
    g_free(outcome);
}

bool outcome_prepare(const Work *work, const Request *request, const GPtrArray *contacts,
                     Outcome **ret_outcome, GError **err)
{
    g_autoptr(Outcome) outcome = g_new0(Outcome, 1);
    outcome->work = work;
    outcome->request = request;
    outcome->contacts = contacts;
    outcome->people = g_ptr_array_new_with_free_func(free_person);
    outcome->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < contacts->len; i++) {
        const RequestContact *contact = contacts->pdata[i];
        Person *person = NULL;
        if (contact->person_id != 0 && !person_find(work->db, contact->person_id, &person, err))
            return false;
        g_ptr_array_add(outcome->people, person);
    }
    *ret_outcome = g_steal_pointer(&outcome);
    return true;
}

/* Sends one unless that address has got a letter of this outcome. Takes letter->more. */
static bool tell(const Outcome *outcome, const RequestLetter *letter, GError **err)
{
    if (letter->to == NULL || !g_hash_table_add(outcome->told, address_key(letter->to))) {
        if (letter->more != NULL)
            json_decref(letter->more);
        return true;
    }
    return request_letter_send(outcome->work, outcome->request, outcome->contacts, letter, err);
}

static bool tell_done(const Outcome *outcome, const char *to, const char *language,
                      const char *name, GError **err)
{
    const RequestLetter letter = {
        .template = "request-done",
        .language = language,
        .to = to,
        .name = name,
    };
    return tell(outcome, &letter, err);
}

/* What every new contact has to know (R67). */
static json_t *welcome_data(const Work *work, const char *language, GError **err)
{
    g_autofree char *rules = letter_part(work, language, "rules-of-engagement", err);
    g_autofree char *confidentiality = rules != NULL
                                           ? letter_part(work, language, "confidentiality", err)
                                           : NULL;
    if (confidentiality == NULL)
        return NULL;
    json_t *data = json_object();
    json_object_set_new(data, "rules", json_string(rules));
    json_object_set_new(data, "confidentiality", json_string(confidentiality));
    return data;
}

static bool welcome(const Outcome *outcome, const RequestContact *contact, GError **err)
{
    const char *language = outcome->request->language;
    g_autofree char *name = request_contact_name(contact);
    json_t *more = welcome_data(outcome->work, language, err);
    if (more == NULL)
        return false;
    const RequestLetter letter = {
        .template = "welcome",
        .language = language,
        .to = contact->primary,
        .name = name,
        .more = more,
    };
    return tell(outcome, &letter, err);
}

static bool tell_contact(const Outcome *outcome, const RequestContact *contact,
                         const Person *before, GError **err)
{
    RequestKind kind = outcome->request->kind;
    if (kind == REQUEST_JOIN || kind == REQUEST_ADD)
        return welcome(outcome, contact, err);
    if (before == NULL)
        return true;
    g_autofree char *name = person_name(before);
    if (kind == REQUEST_CHANGE)
        return tell_done(outcome, before->primary, before->language, name, err) &&
               tell_done(outcome, contact->primary, before->language, name, err);
    const RequestLetter letter = {
        .template = "farewell",
        .language = before->language,
        .to = before->primary,
        .name = name,
    };
    return tell(outcome, &letter, err);
}

/* Not every TLD has an address at IANA that can be written to. */
static bool tell_role(const Outcome *outcome, AuthorityRole role, GError **err)
{
    g_autofree char *address = NULL;
    g_autofree char *why = NULL;
    return authority_address(outcome->work->db, outcome->request->tld, role, &address, &why,
                             err) &&
           tell_done(outcome, address, NULL, NULL, err);
}

/* Where the technical contact may ask as well, each hears of what the other asked for (R58). */
static bool tell_authority(const Outcome *outcome, GError **err)
{
    bool is_told_both = outcome->work->config->technical_contact_may_request &&
                        outcome->request->asker == ASKER_ADMINISTRATIVE;
    return tell_role(outcome, AUTHORITY_ADMINISTRATIVE, err) &&
           (!is_told_both || tell_role(outcome, AUTHORITY_TECHNICAL, err));
}

bool outcome_tell_done(const Outcome *outcome, GError **err)
{
    for (guint i = 0; i < outcome->contacts->len; i++) {
        if (!tell_contact(outcome, outcome->contacts->pdata[i], outcome->people->pdata[i], err))
            return false;
    }
    return tell_done(outcome, outcome->request->requester, NULL, NULL, err) &&
           tell_authority(outcome, err);
}

/* Of what is on file a stranger sees nothing, and so nothing of what was made of the request
 * with its help: anybody can name a TLD, and would get its contacts by return. What a newcomer
 * is to be was the request's own. */
static bool is_shown(const Request *request)
{
    return asker_is_insider(request->asker) || request->kind == REQUEST_JOIN ||
           request->kind == REQUEST_ADD;
}

/* Copies that lack what a stranger must not see; they borrow. */
static GPtrArray *without_secrets(const Request *request, const GPtrArray *contacts)
{
    GPtrArray *shown = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < contacts->len; i++) {
        const RequestContact *contact = contacts->pdata[i];
        RequestContact *copy = g_new0(RequestContact, 1);
        if (is_shown(request))
            *copy = *contact;
        copy->position = contact->position;
        copy->problem = contact->is_secret && !asker_is_insider(request->asker)
                            ? NULL
                            : contact->problem;
        g_ptr_array_add(shown, copy);
    }
    return shown;
}

static bool tell_requester(const Work *work, const Request *request, const GPtrArray *contacts,
                           const RequestLetter *letter, GError **err)
{
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    RequestLetter complete = *letter;
    bool may_write = false;
    bool is_done = request->requester == NULL ||
                   request_may_write(work, request, &may_write, err);
    if (!may_write) {
        if (letter->more != NULL)
            json_decref(letter->more);
        return is_done;
    }
    complete.to = request->requester;
    return request_letter_send(work, request, is_shown(request) ? contacts : nobody, &complete,
                               err);
}

bool outcome_tell_end(const Work *work, const Request *request, const GPtrArray *contacts,
                      GError **err)
{
    json_t *more = json_object();
    const char *state = request_state_name(request->state);
    json_object_set_new(more, "state", json_string(state));
    json_object_set_new(more, "is_refused", json_boolean(request->state == REQUEST_REFUSED));
    json_object_set_new(more, "is_expired", json_boolean(request->state == REQUEST_EXPIRED));
    json_object_set_new(more, "is_withdrawn",
                        json_boolean(request->state == REQUEST_WITHDRAWN));
    const RequestLetter letter = {
        .template = "request-ended",
        .reason = is_shown(request) ? request->reason : NULL,
        .more = more,
    };
    return tell_requester(work, request, contacts, &letter, err);
}

bool outcome_tell_received(const Work *work, const Request *request, const GPtrArray *contacts,
                           const char *in_reply_to, GError **err)
{
    json_t *more = json_object();
    bool is_told = asker_is_insider(request->asker);
    json_object_set_new(more, "state",
                        json_string(is_told ? request_state_name(request->state) : ""));
    json_object_set_new(more, "is_told", json_boolean(is_told));
    for (RequestState state = REQUEST_AUTHORITY; state <= REQUEST_SECRETARIAT; state++) {
        g_autofree char *flag = g_strconcat("is_", request_state_name(state), NULL);
        json_object_set_new(more, flag, json_boolean(is_told && request->state == state));
    }
    const RequestLetter letter = {
        .template = "request-received",
        .in_reply_to = in_reply_to,
        .is_reply = true,
        .more = more,
    };
    return tell_requester(work, request, contacts, &letter, err);
}

bool outcome_ask_fields(const Work *work, const Request *request, const GPtrArray *contacts,
                        bool is_reminder, GError **err)
{
    g_autoptr(GPtrArray) shown = without_secrets(request, contacts);
    json_t *more = request_form_data(request, shown);
    json_object_set_new(more, "is_reminder", json_boolean(is_reminder));
    const RequestLetter letter = {
        .template = "request-incomplete",
        .expires_at = request->expires_at,
        .more = more,
    };
    return tell_requester(work, request, contacts, &letter, err);
}
