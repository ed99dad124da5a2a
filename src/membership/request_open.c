#include "membership/request_open.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/contact.h"
#include "directory/person.h"
#include "membership/authority_address.h"
#include "membership/request_check.h"
#include "membership/request_outcome.h"
#include "membership/request_plan.h"
#include "membership/request_require.h"

/* What opening works on. */
typedef struct {
    const Work *work;
    const RequestSource *source;
    Request *request;
    GPtrArray *contacts; /* RequestContact * */
    bool was_told;       /* that it has arrived */
} Opening;

/* Who asks */

static bool is_address(const char *one, const char *other)
{
    return one != NULL && other != NULL && address_equal(one, other);
}

static bool is_copied(const RequestSource *source, const char *address)
{
    for (guint i = 0; source->copied != NULL && address != NULL && i < source->copied->len;
         i++) {
        if (is_address(source->copied->pdata[i], address))
            return true;
    }
    return false;
}

/* Whether it is about the requester and nobody else. */
static bool is_about_self(const Opening *opening)
{
    RequestKind kind = opening->request->kind;
    if ((kind != REQUEST_CHANGE && kind != REQUEST_REMOVE) || opening->contacts->len == 0)
        return false;
    for (guint i = 0; i < opening->contacts->len; i++) {
        const RequestContact *contact = opening->contacts->pdata[i];
        if (contact->person_id == 0 || contact->person_id != opening->source->person_id)
            return false;
    }
    return true;
}

/* Another primary address in the place of that on file, by a mail that does not come from
 * there: whoever holds the second address only must not take the entry over (R52). */
static bool moves_from_elsewhere(const Opening *opening, bool *ret_does, GError **err)
{
    g_autoptr(Person) person = NULL;
    const RequestContact *contact = opening->contacts->pdata[0];
    *ret_does = false;
    if (opening->request->kind != REQUEST_CHANGE || contact->primary == NULL)
        return true;
    if (!person_find(opening->work->db, contact->person_id, &person, err))
        return false;
    *ret_does = person != NULL && !is_address(opening->source->requester, person->primary);
    return true;
}

/* An address that is in doubt at IANA makes nobody an authority. */
static bool find_asker(const Opening *opening, Asker *ret_asker, bool *ret_is_copied,
                       GError **err)
{
    const RequestSource *source = opening->source;
    Db *db = opening->work->db;
    const char *tld = opening->request->tld;
    g_autofree char *administrative = NULL;
    g_autofree char *technical = NULL;
    g_autofree char *why = NULL;
    g_autofree char *why_technical = NULL;
    int64_t rank = 0;
    if (!authority_address(db, tld, AUTHORITY_ADMINISTRATIVE, &administrative, &why, err) ||
        !authority_address(db, tld, AUTHORITY_TECHNICAL, &technical, &why_technical, err) ||
        (source->person_id != 0 && !seat_rank(db, tld, source->person_id, &rank, err)))
        return false;

    bool is_self = is_about_self(opening);
    bool is_elsewhere = false;
    if (is_self && !moves_from_elsewhere(opening, &is_elsewhere, err))
        return false;
    *ret_is_copied = is_copied(source, administrative);
    if (source->requester == NULL)
        *ret_asker = ASKER_SECRETARIAT;
    else if (is_self && !is_elsewhere)
        *ret_asker = ASKER_SELF;
    else if (is_address(source->requester, administrative))
        *ret_asker = ASKER_ADMINISTRATIVE;
    else if (is_address(source->requester, technical))
        *ret_asker = ASKER_TECHNICAL;
    else
        *ret_asker = rank != 0 ? ASKER_COLLEAGUE : ASKER_OTHER;
    return true;
}

/* How it goes on */

static bool tell_received(const Opening *opening, GError **err)
{
    return opening->was_told ||
           outcome_tell_received(opening->work, opening->request, opening->contacts,
                                 opening->source->header_id, err);
}

/* Complete: what it needs follows from the policy, and the requester is told what is waited
 * for, unless it is done at once. */
static bool begin(const Opening *opening, const RequestCheck *check, GError **err)
{
    const Work *work = opening->work;
    Request *request = opening->request;
    if (!request_require(work, request, opening->contacts, check, err))
        return false;

    g_autoptr(GPtrArray) all = request_needs(work->db, request->number, err);
    if (all == NULL)
        return false;
    g_auto(Plan) plan = plan_of(all);
    request->state = plan.verdict == PLAN_WAITS ? plan.state : REQUEST_SECRETARIAT;
    request->since = work->now;
    request->reminders = 0;
    request->next_at = work->now;
    request->expires_at = 0;
    return request_update(work->db, request, err) &&
           (plan.verdict != PLAN_WAITS || tell_received(opening, err));
}

static bool ask_for_fields(const Opening *opening, GError **err)
{
    const Work *work = opening->work;
    Request *request = opening->request;
    request->state = REQUEST_INCOMPLETE;
    request->expires_at = work->now + work->config->request_days * CLOCK_DAY;
    request->next_at = work->now;
    return request_update(work->db, request, err) &&
           outcome_ask_fields(work, request, opening->contacts, false, err);
}

/* Strangers */

static bool is_blank(const RequestContact *contact)
{
    return contact->whose == NULL && contact->given_name == NULL &&
           contact->family_name == NULL && contact->mobile == NULL &&
           contact->primary == NULL && contact->secondary == NULL;
}

static bool are_blank(const GPtrArray *contacts)
{
    for (guint i = 0; i < contacts->len; i++) {
        if (!is_blank(contacts->pdata[i]))
            return false;
    }
    return true;
}

/* The first problem that anybody may know of, or that not everybody may; NULL if none. */
static const char *problem_of(const GPtrArray *contacts, bool is_secret)
{
    for (guint i = 0; i < contacts->len; i++) {
        const RequestContact *contact = contacts->pdata[i];
        if (contact->problem != NULL && contact->is_secret == is_secret)
            return contact->problem;
    }
    return NULL;
}

static bool lacks_fields(const Request *request, const GPtrArray *contacts)
{
    for (guint i = 0; i < contacts->len; i++) {
        if (request_missing(request->kind, contacts->pdata[i]) != 0)
            return true;
    }
    return contacts->len == 0;
}

/* What is wrong with a stranger's request that cannot be said without giving the directory
 * away: whether an address is on file, who is a contact, how many there are. NULL: it can be
 * said, or nothing is wrong. Borrowed. */
static const char *find_secret(const Opening *opening, bool was_blank)
{
    const Request *request = opening->request;
    bool is_newcomer = request->kind == REQUEST_JOIN || request->kind == REQUEST_ADD;
    const char *secret = problem_of(opening->contacts, true);
    if (asker_is_insider(request->asker) || problem_of(opening->contacts, false) != NULL)
        return NULL;
    if (is_newcomer)
        return lacks_fields(request, opening->contacts) ? NULL : secret;
    if (secret == NULL && lacks_fields(request, opening->contacts))
        secret = "it changes nothing";
    return was_blank && request->kind != REQUEST_LEAVE ? NULL : secret;
}

/* What must not be told is not kept with the contacts either: a reminder would tell it. */
static void drop_secrets(const GPtrArray *contacts)
{
    for (guint i = 0; i < contacts->len; i++) {
        RequestContact *contact = contacts->pdata[i];
        if (contact->is_secret)
            g_clear_pointer(&contact->problem, g_free);
        contact->is_secret = false;
    }
}

/* People look at it, and the answer is the same as if nothing were wrong. */
static bool leave_to_people(const Opening *opening, const char *why, GError **err)
{
    const Work *work = opening->work;
    Request *request = opening->request;
    const RequestNote note = { .what = "parked", .details = why };
    request->state = REQUEST_SECRETARIAT;
    g_free(request->parked);
    request->parked = g_strdup(why);
    request->next_at = 0;
    request->expires_at = work->now + work->config->request_days * CLOCK_DAY;
    return request_update(work->db, request, err) && request_note(work, request, &note, err) &&
           tell_received(opening, err);
}

static bool judge(const Opening *opening, GError **err)
{
    const Work *work = opening->work;
    Request *request = opening->request;
    g_auto(RequestCheck) check = { 0 };
    bool was_blank = are_blank(opening->contacts);
    bool was_copied = request->is_copied;
    if (!request_check(work, request, opening->contacts, &check, err) ||
        !find_asker(opening, &request->asker, &request->is_copied, err))
        return false;
    if (opening->was_told)
        request->is_copied = was_copied; /* no mail is here that would show it */
    g_autofree char *secret = check.is_complete ? NULL
                                                : g_strdup(find_secret(opening, was_blank));
    if (!asker_is_insider(request->asker))
        drop_secrets(opening->contacts);
    if (!request_set_contacts(work->db, request->number, opening->contacts, err))
        return false;
    if (check.is_complete)
        return begin(opening, &check, err);
    return secret != NULL ? leave_to_people(opening, secret, err)
                          : ask_for_fields(opening, err);
}

/* From the form */

static char *answer(const FormContact *from, FormField field, char *before)
{
    if (from->answers[field] == NULL)
        return before;
    g_free(before);
    return g_strdup(from->answers[field]);
}

/* What the form says of a contact; what it does not say stays. */
static void fill(RequestContact *contact, const FormContact *from)
{
    char *given = NULL;
    char *family = NULL;
    form_names(from, &given, &family);
    if (given != NULL || family != NULL) {
        g_free(contact->given_name);
        g_free(contact->family_name);
        contact->given_name = given;
        contact->family_name = family;
    }
    contact->mobile = answer(from, FORM_MOBILE, contact->mobile);
    contact->primary = answer(from, FORM_EMAIL, contact->primary);
    contact->secondary = answer(from, FORM_SECONDARY, contact->secondary);
    contact->whose = answer(from, FORM_OLD_EMAIL, contact->whose);
    if (from->answers[FORM_RANK] != NULL)
        contact->rank = CLAMP(g_ascii_strtoll(from->answers[FORM_RANK], NULL, 10), 0,
                              FORM_CONTACTS_MAX);
}

static void fill_all(GPtrArray *contacts, const Form *form)
{
    for (guint i = 0; i < form->contacts->len; i++) {
        if (i >= contacts->len) {
            RequestContact *contact = g_new0(RequestContact, 1);
            contact->position = i + 1;
            g_ptr_array_add(contacts, contact);
        }
        fill(contacts->pdata[i], form->contacts->pdata[i]);
    }
}

static void clear_problems(GPtrArray *contacts)
{
    for (guint i = 0; i < contacts->len; i++)
        g_clear_pointer(&((RequestContact *) contacts->pdata[i])->problem, g_free);
}

static bool note_mail(const Opening *opening, const char *what, const Form *form, GError **err)
{
    g_autofree char *conflicts = text_join(form->conflicts);
    const RequestNote note = {
        .what = what,
        .details = *conflicts != '\0' ? conflicts : opening->source->requester,
        .inbox_id = opening->source->inbox_id,
        .header_id = opening->source->header_id,
    };
    return request_note(opening->work, opening->request, &note, err);
}

static GPtrArray *new_contacts(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify) request_contact_free);
}

/* What was said in two ways has to be said again. */
static void mark_conflicts(GPtrArray *contacts, const Form *form)
{
    if (form->conflicts->len == 0 || contacts->len == 0)
        return;
    g_autofree char *all = text_join(form->conflicts);
    RequestContact *contact = contacts->pdata[0];
    g_free(contact->problem);
    contact->problem = g_strdup_printf("answered in two ways: %s", all);
}

bool request_open(const Work *work, const RequestSource *source, const Form *form,
                  const char *tld, int64_t *ret_number, GError **err)
{
    g_autoptr(GPtrArray) contacts = new_contacts();
    g_autoptr(Request) request = g_new0(Request, 1);
    const Opening opening = { work, source, request, contacts, false };
    request->kind = form->kind;
    request->tld = g_strdup(tld);
    request->u_label = domain_display(tld);
    request->state = REQUEST_INCOMPLETE;
    request->since = work->now;
    request->created_at = work->now;
    request->asker = ASKER_OTHER;
    request->requester = g_strdup(source->requester);
    request->person_id = source->person_id;
    request->evidence = g_strdup(source->evidence);
    request->language = g_strdup(source->language != NULL ? source->language : form->language);
    fill_all(contacts, form);
    mark_conflicts(contacts, form);
    if (!request_insert(work->db, request, err) || !note_mail(&opening, "opened", form, err) ||
        !judge(&opening, err))
        return false;
    *ret_number = request->number;
    return true;
}

bool request_complete(const Work *work, const RequestSource *source, Request *request,
                      const Form *form, GError **err)
{
    g_autoptr(GPtrArray) contacts = request_contacts(work->db, request->number, err);
    if (contacts == NULL)
        return false;
    const Opening opening = { work, source, request, contacts, false };
    if (form->has_kind)
        request->kind = form->kind;
    if (source->evidence == NULL) /* what comes without evidence has none as a whole */
        g_clear_pointer(&request->evidence, g_free);
    clear_problems(contacts);
    fill_all(contacts, form);
    mark_conflicts(contacts, form);
    return note_mail(&opening, "completed", form, err) && judge(&opening, err);
}

bool request_renew(const Work *work, Request *request, GError **err)
{
    const RequestSource source = {
        .requester = request->requester,
        .person_id = request->person_id,
        .evidence = request->evidence,
    };
    g_autoptr(GPtrArray) contacts = request_contacts(work->db, request->number, err);
    const Opening opening = { work, &source, request, contacts, true };
    if (contacts == NULL)
        return false;
    clear_problems(contacts);
    return judge(&opening, err);
}
