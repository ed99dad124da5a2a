#include "membership/request_ask.h"

#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/phone.h"
#include "base/token.h"
#include "committee/decision.h"
#include "directory/person.h"
#include "membership/authority_address.h"
#include "membership/request_letter.h"
#include "queue/sms.h"

/* What a step of asking works on. */
typedef struct {
    const Work *work;
    const Request *request;
    const GPtrArray *contacts;
    RequestNeed *need;
} Asking;

static RequestContact *contact_of(const Asking *asking)
{
    for (guint i = 0; i < asking->contacts->len; i++) {
        RequestContact *contact = asking->contacts->pdata[i];
        if (contact->position == asking->need->position)
            return contact;
    }
    return NULL;
}

static bool store_asked(const Asking *asking, int64_t expires_at, GError **err)
{
    RequestNeed *need = asking->need;
    need->state = NEED_STATE_ASKED;
    need->asked_at = asking->work->now;
    need->expires_at = expires_at;
    g_clear_pointer(&need->why, g_free);
    return request_need_update(asking->work->db, need, err);
}

/* Takes why. */
static bool leave_waiting(const Asking *asking, char *why, GError **err)
{
    g_free(asking->need->why);
    asking->need->why = why;
    return request_need_update(asking->work->db, asking->need, err);
}

static int64_t answer_until(const Asking *asking)
{
    return asking->work->now + asking->work->config->request_days * CLOCK_DAY;
}

/* A letter that an answer is waited for, with a token of its own. */
static bool send_question(const Asking *asking, const char *template, const char *to,
                          const char *language, int64_t expires_at, json_t *more, GError **err)
{
    g_autofree char *token = NULL;
    if (!request_need_new_token(asking->work->db, asking->need->id, &token, err)) {
        json_decref(more);
        return false;
    }
    RequestContact *contact = contact_of(asking);
    g_autofree char *name = contact != NULL ? request_contact_name(contact) : NULL;
    /* Whoever is asked about one contact need not see the others. */
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    if (contact != NULL)
        g_ptr_array_add(one, contact);
    const RequestLetter letter = {
        .template = template,
        .language = language,
        .to = to,
        .name = name,
        .token = token,
        .expires_at = expires_at,
        .more = more,
    };
    return request_letter_send(asking->work, asking->request,
                               contact != NULL ? one : asking->contacts, &letter, err);
}

/* The authority */

static bool ask_authority(const Asking *asking, GError **err)
{
    const Work *work = asking->work;
    g_autofree char *address = NULL;
    g_autofree char *why = NULL;
    if (!authority_address(work->db, asking->request->tld, AUTHORITY_ADMINISTRATIVE, &address,
                           &why, err))
        return false;
    if (address == NULL)
        return leave_waiting(asking, g_steal_pointer(&why), err);

    bool may_object = asking->need->kind == NEED_OBJECTION;
    int64_t expires_at = may_object ? work->now + work->config->objection_days * CLOCK_DAY
                                    : answer_until(asking);
    g_free(asking->need->subject);
    asking->need->subject = g_steal_pointer(&address);
    return send_question(asking, may_object ? "request-objection" : "request-authority",
                         asking->need->subject, NULL, expires_at, NULL, err) &&
           store_asked(asking, expires_at, err);
}

bool request_check_authority(const Work *work, const Request *request, const RequestNeed *need,
                             char **ret_why, GError **err)
{
    g_autofree char *address = NULL;
    g_autofree char *why = NULL;
    if (!authority_address(work->db, request->tld, AUTHORITY_ADMINISTRATIVE, &address, &why,
                           err))
        return false;
    if (address != NULL && g_strcmp0(address, need->subject) != 0)
        why = g_strdup("IANA publishes another address of the administrative contact by now");
    *ret_why = g_steal_pointer(&why);
    return true;
}

/* People */

/* An owner who has to be asked in any case; else the authority's yes does as well. */
static json_t *owner_data(const RequestNeed *need)
{
    json_t *data = json_object();
    json_object_set_new(data, "is_needed", json_boolean(need->way == 0));
    return data;
}

/* The address on file, which is not the one that the request names. */
static bool ask_owner(const Asking *asking, GError **err)
{
    const RequestContact *contact = contact_of(asking);
    g_autoptr(Person) person = NULL;
    if (contact != NULL && !person_find(asking->work->db, contact->person_id, &person, err))
        return false;
    if (person == NULL)
        return leave_waiting(asking, g_strdup("whose entry it is, is no longer on file"), err);

    g_free(asking->need->subject);
    asking->need->subject = g_strdup(person->primary);
    int64_t expires_at = answer_until(asking);
    return send_question(asking, "request-owner", person->primary, person->language, expires_at,
                         owner_data(asking->need), err) &&
           store_asked(asking, expires_at, err);
}

static bool ask_address(const Asking *asking, GError **err)
{
    int64_t expires_at = answer_until(asking);
    return send_question(asking, "request-address", asking->need->subject, NULL, expires_at,
                         NULL, err) &&
           store_asked(asking, expires_at, err);
}

/* The phone */

char *request_code_hash(const RequestNeed *need, CodeWay way, const char *code)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT ":%s:%s", need->id,
                                            way == CODE_TO_PHONE ? "phone" : "mail", code);
    return token_hash(text);
}

/* The number to be called: that on file, if the person is: never one that a request puts in its
 * place. *ret_number is NULL if there is none. */
static bool find_number(const Asking *asking, const RequestContact *contact, char **ret_number,
                        GError **err)
{
    g_autoptr(Person) person = NULL;
    if (contact->person_id != 0 &&
        !person_find(asking->work->db, contact->person_id, &person, err))
        return false;
    *ret_number = person != NULL ? person_mobile(person) : g_strdup(contact->mobile);
    return true;
}

/* The code to the phone. So many text messages may have gone out in this hour that it has to
 * wait for the next: then *ret_why says so. */
static bool text_code(const Asking *asking, const char *code, int64_t expires_at,
                      char **ret_why, GError **err)
{
    const Work *work = asking->work;
    g_autofree char *text = g_strdup_printf("%s: code %s for request %" G_GINT64_FORMAT,
                                            work->config->name, code, asking->request->number);
    g_autoptr(GError) failure = NULL;
    g_auto(Phone) phone = { 0 };
    if (!phone_parse(asking->need->subject, &phone, err))
        return false;
    const SmsMessage message = {
        .number = phone.e164,
        .text = text,
        .expires_at = expires_at,
        .person_id = contact_of(asking)->person_id,
        .tld = asking->request->tld,
        .actor = work->actor,
    };
    int64_t id = 0;
    if (sms_add(work->db, &message, work->config->sms_per_hour, work->now, &id, &failure))
        return true;
    if (err_is(failure, ERR_LIMIT)) {
        *ret_why = g_strdup(failure->message);
        return true;
    }
    g_propagate_error(err, g_steal_pointer(&failure));
    return false;
}

/* With a gateway the code goes to the phone, and comes back by mail; without, it goes by mail,
 * and the secretariat phones and has it read out. Either way it takes both. */
static bool send_code(const Asking *asking, const char *to, const char *code, GError **err)
{
    const Work *work = asking->work;
    bool has_gateway = work->config->sms_url != NULL;
    int64_t code_until = has_gateway ? work->now + PHONE_CODE_S : answer_until(asking);
    g_autofree char *why = NULL;
    if (has_gateway && !text_code(asking, code, code_until, &why, err))
        return false;
    if (why != NULL)
        return leave_waiting(asking, g_steal_pointer(&why), err);
    json_t *more = json_object();
    json_object_set_new(more, "has_gateway", json_boolean(has_gateway));
    json_object_set_new(more, "code", json_string(has_gateway ? "" : code));
    return send_question(asking, "request-phone", to, NULL, code_until, more, err) &&
           store_asked(asking, answer_until(asking), err);
}

static bool ask_phone(const Asking *asking, GError **err)
{
    const RequestContact *contact = contact_of(asking);
    g_autofree char *number = NULL;
    if (contact == NULL || !find_number(asking, contact, &number, err))
        return contact == NULL ? leave_waiting(asking, g_strdup("no such contact"), err)
                               : false;
    if (number == NULL)
        return leave_waiting(asking, g_strdup("there is no mobile number to call"), err);

    const char *to = contact->secondary != NULL ? contact->secondary : contact->primary;
    if (to == NULL)
        return leave_waiting(asking, g_strdup("there is no address to write to"), err);
    g_autofree char *code = token_code(PHONE_CODE_DIGITS);
    CodeWay way = asking->work->config->sms_url != NULL ? CODE_TO_PHONE : CODE_BY_MAIL;
    g_free(asking->need->subject);
    asking->need->subject = g_steal_pointer(&number);
    g_free(asking->need->code_hash);
    asking->need->code_hash = request_code_hash(asking->need, way, code);
    return send_code(asking, to, code, err);
}

/* The committee and the secretariat */

/* The committee may be too small to decide: then people see that. */
static bool ask_committee(const Asking *asking, GError **err)
{
    RequestNeed *need = asking->need;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, asking->request->number);
    g_autofree char *question = g_strdup_printf(
        "Request %" G_GINT64_FORMAT ", .%s, %s: shall it be accepted?%s%s",
        asking->request->number, asking->request->u_label,
        request_kind_name(asking->request->kind), need->about != NULL ? " " : "",
        need->about != NULL ? need->about : "");
    const DecisionInput input = {
        .question = question,
        .reference_kind = "request",
        .reference = number,
    };
    g_autoptr(GError) refused = NULL;
    int64_t id = 0;
    if (!decision_open(asking->work, &input, &id, &refused)) {
        if (err_is(refused, ERR_DENIED))
            return leave_waiting(asking, g_strdup(refused->message), err);
        g_propagate_error(err, g_steal_pointer(&refused));
        return false;
    }
    g_free(need->subject);
    need->subject = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_autofree char *label = decision_label(id);
    const RequestNote put = { .what = "put to the committee", .details = label };
    return request_note(asking->work, asking->request, &put, err) &&
           store_asked(asking, 0, err);
}

static bool ask_secretariat(const Asking *asking, GError **err)
{
    RequestNeed *need = asking->need;
    need->state = NEED_STATE_ASKED;
    need->asked_at = asking->work->now;
    return request_need_update(asking->work->db, need, err);
}

static bool ask(const Asking *asking, GError **err)
{
    switch (asking->need->kind) {
    case NEED_AUTHORITY:
    case NEED_OBJECTION:
        return ask_authority(asking, err);
    case NEED_OWNER:
        return ask_owner(asking, err);
    case NEED_ADDRESS:
        return ask_address(asking, err);
    case NEED_PHONE:
        return ask_phone(asking, err);
    case NEED_DECISION:
        return ask_committee(asking, err);
    case NEED_SECRETARIAT:
    default:
        return ask_secretariat(asking, err);
    }
}

/* Whether asking is a letter. */
static bool is_by_letter(const RequestNeed *need)
{
    return need->kind != NEED_DECISION && need->kind != NEED_SECRETARIAT;
}

bool request_ask(const Work *work, const Request *request, const GPtrArray *contacts,
                 RequestNeed *need, GError **err)
{
    const Asking asking = { work, request, contacts, need };
    bool may_write = true;
    if (is_by_letter(need) && !request_may_write(work, request, &may_write, err))
        return false;
    return may_write ? ask(&asking, err)
                     : leave_waiting(&asking,
                                     g_strdup("too many letters went out in this hour"), err);
}

bool request_remind(const Work *work, const Request *request, const GPtrArray *contacts,
                    RequestNeed *need, GError **err)
{
    static const struct {
        RequestNeedBit kind;
        const char *template;
    } REMINDERS[] = {
        { NEED_AUTHORITY, "request-authority" },
        { NEED_OWNER, "request-owner" },
        { NEED_ADDRESS, "request-address" },
    };
    const Asking asking = { work, request, contacts, need };
    if (need->kind == NEED_PHONE) /* a code is good for a day: a new one */
        return ask_phone(&asking, err);
    for (size_t i = 0; i < G_N_ELEMENTS(REMINDERS); i++) {
        if (REMINDERS[i].kind != need->kind)
            continue;
        json_t *more = owner_data(need);
        json_object_set_new(more, "is_reminder", json_true());
        return send_question(&asking, REMINDERS[i].template, need->subject, NULL,
                             need->expires_at, more, err);
    }
    return true;
}
