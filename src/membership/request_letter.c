#include "membership/request_letter.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"

static json_t *text_or_empty(const char *text)
{
    return json_string(text != NULL ? text : "");
}

static json_t *contact_data(const RequestContact *contact)
{
    g_autofree char *name = request_contact_name(contact);
    g_autofree char *primary = contact->primary != NULL ? address_display(contact->primary)
                                                        : NULL;
    g_autofree char *secondary = contact->secondary != NULL
                                     ? address_display(contact->secondary)
                                     : NULL;
    json_t *data = json_object();
    json_object_set_new(data, "position", json_integer(contact->position));
    json_object_set_new(data, "name", json_string(name));
    json_object_set_new(data, "mobile", text_or_empty(contact->mobile));
    json_object_set_new(data, "primary", text_or_empty(primary));
    json_object_set_new(data, "secondary", text_or_empty(secondary));
    json_object_set_new(data, "whose", text_or_empty(contact->whose));
    json_object_set_new(data, "problem", text_or_empty(contact->problem));
    return data;
}

static void set_kind(json_t *data, RequestKind kind)
{
    for (int i = 0; i < REQUEST_KINDS; i++) {
        g_autofree char *flag = g_strconcat("is_", request_kind_name((RequestKind) i), NULL);
        json_object_set_new(data, flag, json_boolean(i == (int) kind));
    }
    json_object_set_new(data, "kind", json_string(request_kind_name(kind)));
}

static json_t *data_of(const Work *work, const Request *request, const GPtrArray *contacts,
                       const RequestLetter *letter)
{
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    g_autofree char *desk = request_address(work->config);
    g_autofree char *tld = g_strconcat(".", request->u_label, NULL);
    g_autofree char *expires = clock_format(letter->expires_at);
    json_t *people = json_array();
    for (guint i = 0; i < contacts->len; i++)
        (void) json_array_append_new(people, contact_data(contacts->pdata[i]));

    json_t *data = json_object();
    json_object_set_new(data, "number", json_integer(request->number));
    set_kind(data, request->kind);
    json_object_set_new(data, "tld", json_string(tld));
    json_object_set_new(data, "requester", text_or_empty(request->requester));
    json_object_set_new(data, "contacts", people);
    json_object_set_new(data, "name", text_or_empty(letter->name));
    json_object_set_new(data, "address", json_string(letter->to));
    json_object_set_new(data, "expires",
                        letter->expires_at != 0 ? json_string(expires) : json_string(""));
    json_object_set_new(data, "reason", text_or_empty(letter->reason));
    json_object_set_new(data, "is_reminder", json_false());
    json_object_set_new(data, "owner", json_string(owner));
    json_object_set_new(data, "desk", json_string(desk));
    return data;
}

bool request_may_write(const Work *work, const Request *request, bool *ret_may, GError **err)
{
    int64_t letters = 0;
    *ret_may = true;
    if (request->evidence != NULL || request->requester == NULL)
        return true;
    if (!request_count_letters(work->db, work->now - 3600, &letters, err))
        return false;
    *ret_may = letters < REQUEST_LETTERS_PER_HOUR;
    const RequestNote note = { .what = "unwritten",
                               .details = "too many letters in this hour" };
    return *ret_may || request_note(work, request, &note, err);
}

char *request_address(const Config *config)
{
    return address_with_detail(config->list, "-request");
}

bool request_letter_send(const Work *work, const Request *request, const GPtrArray *contacts,
                         const RequestLetter *letter, GError **err)
{
    json_t *data = data_of(work, request, contacts, letter);
    if (letter->more != NULL) {
        (void) json_object_update(data, letter->more);
        json_decref(letter->more);
    }
    g_autofree char *suffix = letter->token != NULL
                                  ? g_strconcat("-confirm+", letter->token, NULL)
                                  : g_strdup("-request");
    g_autofree char *from = address_with_detail(work->config->list, suffix);
    const Letter mail = {
        .template = letter->template,
        .language = letter->language != NULL ? letter->language : request->language,
        .kind = letter->token != NULL ? OUTBOX_CONFIRMATION : OUTBOX_NOTICE,
        .from = from,
        .to = letter->to,
        .in_reply_to = letter->in_reply_to,
        .is_reply = letter->is_reply,
        .data = data,
    };
    g_auto(LetterSent) sent = { 0 };
    if (!letter_send_known(work, &mail, &sent, err))
        return false;

    g_autofree char *details = g_strconcat(letter->template, " to ", letter->to, NULL);
    const RequestNote note = {
        .what = "mailed",
        .details = details,
        .message_id = sent.message_id,
        .header_id = sent.header_id,
    };
    return request_note(work, request, &note, err);
}
