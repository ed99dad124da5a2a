#include "membership/desk_mail.h"

#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/contact.h"
#include "directory/tld.h"
#include "mail/evidence.h"
#include "membership/authority_address.h"
#include "membership/form.h"
#include "membership/invitation.h"
#include "membership/request_letter.h"
#include "membership/request_open.h"
#include "queue/answered.h"
#include "queue/letter.h"
#include "queue/machine.h"
#include "queue/outbox.h"

/* What a look at one mail works on. */
typedef struct {
    const Work *work;
    const InboxItem *item;
    const Message *message;
    Taken *taken;
    const char *author; /* borrowed from the message; NULL if it names none */
    Recognised *sender; /* NULL: nobody on file */
    GPtrArray *copied;  /* char *, borrowed */
    bool is_hearsay;    /* its form may be what somebody else wrote to the author */
} Look;

static void look_clear(Look *look)
{
    recognised_free(look->sender);
    g_clear_pointer(&look->copied, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static bool end(const Look *look, InboxState state, const char *reason)
{
    look->taken->state = state;
    g_free(look->taken->reason);
    look->taken->reason = g_strdup(reason);
    return true;
}

/* Who writes */

static bool find_sender(Look *look, GError **err)
{
    const Work *work = look->work;
    const Mailbox *mailbox = message_author(look->message);
    const EvidenceTrust trust = { work->config->authserv_id, work->config->trusted_hops };
    g_auto(Evidence) evidence = { 0 };
    if (mailbox == NULL)
        return true;
    look->author = mailbox->address;
    if (!contact_recognise(work->db, look->author, &look->sender, err))
        return false;
    look->taken->person_id = look->sender != NULL ? look->sender->person_id : 0;

    g_autoptr(Head) head = head_parse(look->item->data, NULL);
    if (head != NULL && work->config->authserv_id != NULL) {
        g_autoptr(GPtrArray) fields = evidence_fields(head);
        evidence_find(fields, &trust, address_domain(look->author), &evidence);
    }
    if (evidence.kind != EVIDENCE_NONE)
        look->taken->evidence = g_strdup(evidence.text);
    return true;
}

static void find_copied(Look *look)
{
    look->copied = g_ptr_array_new();
    for (guint i = 0; i < look->message->recipients->len; i++) {
        const Mailbox *one = look->message->recipients->pdata[i];
        if (one->address != NULL)
            g_ptr_array_add(look->copied, one->address);
    }
}

/* Answers that go to whoever wrote, once a day */

static bool tell(const Look *look, const char *template, const char *reason, GError **err)
{
    const Work *work = look->work;
    bool was_told = false;
    bool may_send = false;
    const char *to = look->author;
    if (to == NULL)
        return true;
    if (!answered_was(work->db, to, template, work->now, &was_told, err) ||
        !answered_may_send(work->db, work->now, &may_send, err))
        return false;
    if (was_told || !may_send)
        return true;

    g_autofree char *desk = request_address(work->config);
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    g_autofree char *form = NULL;
    g_autoptr(Form) empty = form_new();
    form = form_write(empty, 1, "en");
    json_t *data = json_object();
    json_object_set_new(data, "reason", json_string(reason));
    json_object_set_new(data, "desk", json_string(desk));
    json_object_set_new(data, "owner", json_string(owner));
    json_object_set_new(data, "form", json_string(form));
    const Letter letter = {
        .template = template,
        .kind = OUTBOX_NOTICE,
        .from = desk,
        .to = to,
        .in_reply_to = look->message->message_id,
        .is_reply = true,
        .data = data,
    };
    return answered_note(work->db, to, template, work->now, err) &&
           letter_send(work, &letter, err);
}

/* To the people of the secretariat, as it came. */
static bool forward(const Look *look, GError **err)
{
    const Work *work = look->work;
    g_autoptr(GPtrArray) to = g_ptr_array_new();
    const OutboxMessage copy = {
        .kind = OUTBOX_FORWARD,
        .is_utf8 = look->item->is_utf8,
        .is_8bit = look->item->is_8bit,
        .subject = look->message->subject,
        .data = look->item->data,
    };
    int64_t message_id = 0;
    g_ptr_array_add(to, work->config->secretariat_address);
    return outbox_add(work->db, &copy, to, work->now, &message_id, err);
}

static bool hand_on(const Look *look, const char *reason, GError **err)
{
    return forward(look, err) && end(look, INBOX_FORWARDED, reason);
}

/* Threads */

static bool find_by_id(const Look *look, const char *id, int64_t *ret_number, GError **err)
{
    return *ret_number != 0 || id == NULL ||
           request_find_thread(look->work->db, id, ret_number, err);
}

/* The request that a mail answers: by the Message-IDs of our letters and of the mails before.
 */
static bool find_thread(const Look *look, int64_t *ret_number, GError **err)
{
    const Message *message = look->message;
    *ret_number = 0;
    if (!find_by_id(look, message->in_reply_to, ret_number, err))
        return false;
    for (guint i = message->references->len; i > 0; i--) {
        if (!find_by_id(look, message->references->pdata[i - 1], ret_number, err))
            return false;
    }
    return true;
}

static bool is_requester(const Look *look, const Request *request)
{
    return request->requester != NULL && look->author != NULL &&
           address_equal(request->requester, look->author);
}

static RequestSource source_of(const Look *look)
{
    return (RequestSource){
        .requester = look->author,
        .person_id = look->taken->person_id,
        .evidence = look->is_hearsay ? NULL : look->taken->evidence,
        .copied = look->copied,
        .inbox_id = look->item->id,
        .header_id = look->message->message_id,
    };
}

static bool note(const Look *look, const Request *request, const char *what, GError **err)
{
    const RequestNote entry = {
        .what = what,
        .details = look->author,
        .inbox_id = look->item->id,
        .header_id = look->message->message_id,
    };
    return request_note(look->work, request, &entry, err);
}

/* What does not complete a request is for people to read: it stands in the request's story. */
static bool take_thread(const Look *look, int64_t number, const GPtrArray *forms, GError **err)
{
    g_autoptr(Request) request = NULL;
    int64_t mails = 0;
    if (!request_get(look->work->db, number, &request, err) ||
        !request_count_mails(look->work->db, number, look->work->now - CLOCK_DAY, &mails, err))
        return false;
    if (mails >= REQUEST_MAILS_PER_DAY)
        return note(look, request, "mail", err) &&
               end(look, INBOX_KEPT, "too many mails about one request in a day");
    if (request->state != REQUEST_INCOMPLETE || !is_requester(look, request) || forms->len == 0)
        return note(look, request, "mail", err) &&
               hand_on(look, "belongs to a request, for people to read", err);

    const RequestSource source = source_of(look);
    if (!request_complete(look->work, &source, request, forms->pdata[0], err))
        return false;
    return end(look, INBOX_ACCEPTED, "completes a request");
}

/* New requests */

/* Whether it is shown that somebody writes who speaks for a TLD, or whom IANA names for it. */
static bool speaks_for(const Look *look, const char *tld, bool *ret_does, GError **err)
{
    int64_t person_id = look->taken->person_id;
    int64_t rank = 0;
    *ret_does = false;
    if (look->is_hearsay || look->taken->evidence == NULL)
        return true;
    if (person_id != 0 && !seat_rank(look->work->db, tld, person_id, &rank, err))
        return false;
    *ret_does = rank != 0;
    return *ret_does || authority_has_address(look->work->db, tld, look->author, ret_does, err);
}

/* Whether one more may wait for a TLD. Those that strangers send keep nobody out who speaks for
 * it. */
static bool has_room(const Look *look, const char *tld, bool *ret_has, GError **err)
{
    int64_t open = 0;
    if (!request_count_open(look->work->db, tld, &open, err))
        return false;
    *ret_has = open < REQUESTS_OPEN_MAX;
    return *ret_has || speaks_for(look, tld, ret_has, err);
}

/* Opens the requests of one form, *room of them at most. What it cannot be opened for is added
 * to problems. */
static bool open_form(const Look *look, const Form *form, int64_t *room, guint *opened,
                      GString *problems, GError **err)
{
    const RequestSource source = source_of(look);
    for (guint i = 0; i < form->tlds->len; i++) {
        g_autoptr(Tld) tld = NULL;
        g_autoptr(GError) wrong = NULL;
        bool has = false;
        int64_t number = 0;
        if (!tld_parse(look->work->db, form->tlds->pdata[i], &tld, &wrong)) {
            g_string_append_printf(problems, "%s\n", wrong->message);
            continue;
        }
        if (!has_room(look, tld->a_label, &has, err))
            return false;
        if (!has || *room <= 0) {
            g_string_append_printf(problems, ".%s: too many requests wait already\n",
                                   tld->u_label);
            continue;
        }
        if (!request_open(look->work, &source, form, tld->a_label, &number, err))
            return false;
        (*room)--;
        (*opened)++;
    }
    return true;
}

/* How many more its author may open today. */
static bool find_room(const Look *look, int64_t *ret_room, GError **err)
{
    bool is_proven = look->taken->evidence != NULL && !look->is_hearsay;
    int64_t count = 0;
    if (!request_count_of(look->work->db, look->author, look->work->now - CLOCK_DAY, &count,
                          err))
        return false;
    *ret_room = (is_proven ? REQUESTS_PER_DAY : REQUESTS_UNPROVEN) - count;
    return true;
}

static bool open_all(const Look *look, const GPtrArray *forms, GError **err)
{
    g_autoptr(GString) problems = g_string_new(NULL);
    int64_t room = 0;
    guint opened = 0;
    if (!find_room(look, &room, err))
        return false;
    for (guint i = 0; i < forms->len; i++) {
        const Form *form = forms->pdata[i];
        if (form->tlds->len == 0)
            g_string_append(problems, "the TLD is missing\n");
        if (!form->has_kind)
            g_string_append(problems, "it does not say what is requested: join, add, change, "
                                      "remove or leave\n");
        else if (!open_form(look, form, &room, &opened, problems, err))
            return false;
    }
    if (problems->len > 0 && !tell(look, "request-unclear", problems->str, err))
        return false;
    return opened > 0 ? end(look, INBOX_ACCEPTED, "opens a request")
                      : end(look, INBOX_REFUSED, "no request could be opened by it");
}

static bool was_seen(const Look *look, bool *ret_was, GError **err)
{
    int64_t number = 0;
    const char *id = look->message->message_id;
    *ret_was = false;
    if (id == NULL)
        return true;
    if (!request_find_thread(look->work->db, id, &number, err))
        return false;
    *ret_was = number != 0;
    return true;
}

/* Who answers a mail quotes it, in ways that cannot be told from the answer: Reply-To would let
 * a stranger have his form sent by the very person it is about. So evidence of who sent it is
 * none of who wanted it, unless it was our own mail to that very address that was answered. */
static bool answers_stranger(const Look *look, int64_t thread, bool *ret_does, GError **err)
{
    const Message *message = look->message;
    const char *answered = message->in_reply_to;
    g_autofree char *invited = NULL;
    bool is_ours = false;
    *ret_does = false;
    if (thread != 0 || (answered == NULL && message->references->len == 0))
        return true;
    if (answered != NULL && look->author != NULL &&
        (!invitation_of_mail(look->work->db, answered, &invited, err) ||
         !letter_went_to(look->work->db, answered, look->author, &is_ours, err)))
        return false;
    *ret_does = invited == NULL && !is_ours;
    return true;
}

static bool take_mail(Look *look, GError **err)
{
    g_autoptr(GPtrArray) forms = form_read(look->message->text);
    int64_t thread = 0;
    bool is_again = false;
    bool is_attached = forms->len == 0;
    if (is_attached) {
        g_ptr_array_unref(forms);
        forms = form_read(look->message->attached);
    }
    if (!was_seen(look, &is_again, err) || !find_thread(look, &thread, err) ||
        !answers_stranger(look, thread, &look->is_hearsay, err))
        return false;
    look->is_hearsay = look->is_hearsay || is_attached;
    if (is_again)
        return end(look, INBOX_DROPPED, "the same mail came before");
    if (look->author == NULL)
        return hand_on(look, "names no author, so nobody can be answered", err);
    if (thread != 0)
        return take_thread(look, thread, forms, err);
    if (forms->len > 0)
        return open_all(look, forms, err);
    return tell(look, "request-not-understood", "", err) &&
           hand_on(look, "is no request: handed on to the secretariat", err);
}

bool desk_take_request(const Work *work, const InboxItem *item, const Message *message,
                       Taken *ret_taken, GError **err)
{
    g_auto(Look) look = { .work = work, .item = item, .message = message, .taken = ret_taken };
    if (machine_wrote(work->config->list, item, message))
        return end(&look, INBOX_KEPT, "a machine asks for nothing");
    find_copied(&look);
    return find_sender(&look, err) && take_mail(&look, err);
}
