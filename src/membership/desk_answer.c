/* Answers to what a request has asked, see desk_mail.h. */
#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "directory/person.h"
#include "mail/answer.h"
#include "membership/desk_mail.h"
#include "membership/request.h"
#include "membership/request_ask.h"
#include "membership/request_letter.h"
#include "membership/request_refresh.h"
#include "queue/machine.h"

/* What an answer works on. */
typedef struct {
    const Work *work;
    const InboxItem *item;
    const Message *message;
    Taken *taken;
    Request *request;
    RequestNeed *need;
} Answer;

static void answer_clear(Answer *answer)
{
    g_clear_pointer(&answer->request, request_free);
    g_clear_pointer(&answer->need, request_need_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static bool end(const Answer *answer, InboxState state, const char *reason)
{
    answer->taken->state = state;
    g_free(answer->taken->reason);
    answer->taken->reason = g_strdup(reason);
    return true;
}

static bool note(const Answer *answer, const char *what, const char *details, GError **err)
{
    const RequestNote entry = {
        .what = what,
        .details = details,
        .inbox_id = answer->item->id,
        .header_id = answer->message->message_id,
    };
    return request_note(answer->work, answer->request, &entry, err);
}

/* What it says */

static AnswerSays says(const Answer *answer)
{
    return answer_read(answer->message->text, answer->request->language);
}

/* A code of six digits, in any script, that stands alone in the first lines that are not
 * quoted; NULL if there is none. */
static char *find_code(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", CODE_LINES_MAX);
    for (char **line = lines; *line != NULL; line++) {
        g_autoptr(GString) digits = g_string_new(NULL);
        if (**line == '>' || **line == '|')
            continue;
        for (const char *at = *line;; at += g_utf8_skip[*(const guchar *) at]) {
            gunichar c = g_utf8_get_char(at);
            if (g_unichar_isdigit(c)) {
                g_string_append_c(digits, (char) ('0' + g_unichar_digit_value(c)));
                continue;
            }
            if (digits->len == PHONE_CODE_DIGITS)
                return g_strdup(digits->str);
            if (c != ' ' && c != '-')
                g_string_set_size(digits, 0);
            if (c == '\0')
                break;
        }
    }
    return NULL;
}

/* What follows */

static bool settle(const Answer *answer, NeedState state, const char *what, const char *reason,
                   GError **err)
{
    RequestNeed *need = answer->need;
    g_autofree char *details = g_strdup_printf("%s by %s", need_name(need->kind),
                                               need->subject != NULL ? need->subject : "-");
    need->state = state;
    need->settled_at = answer->work->now;
    g_free(need->settled_by);
    need->settled_by = g_strdup("mail");
    answer->request->next_at = answer->work->now;
    return request_need_update(answer->work->db, need, err) &&
           request_update(answer->work->db, answer->request, err) &&
           note(answer, what, details, err) && end(answer, INBOX_CONFIRMED, reason);
}

/* Nothing is settled; people see it in the request's story. */
static bool leave(const Answer *answer, const char *reason, GError **err)
{
    return note(answer, "unclear", reason, err) && end(answer, INBOX_KEPT, reason);
}

/* A code over the phone is good for a day, a request for longer: another goes out. */
static bool renew_code(const Answer *answer, GError **err)
{
    answer->request->next_at = answer->work->now;
    return request_need_ask_again(answer->work->db, answer->need, err) &&
           request_update(answer->work->db, answer->request, err) &&
           leave(answer, "the code is too old, so another is sent", err);
}

static bool is_old_code(const Answer *answer)
{
    return answer->work->config->sms_url != NULL &&
           answer->need->asked_at + PHONE_CODE_S <= answer->work->now;
}

static bool take_code(const Answer *answer, GError **err)
{
    RequestNeed *need = answer->need;
    g_autofree char *code = find_code(answer->message->text);
    if (says(answer) == ANSWER_NO)
        return settle(answer, NEED_STATE_REFUSED, "refused", "answered no", err);
    if (code == NULL)
        return leave(answer, "the answer has no code in it", err);
    if (need->tries >= PHONE_CODE_TRIES)
        return leave(answer, "too many wrong codes came before", err);
    if (is_old_code(answer))
        return renew_code(answer, err);
    g_autofree char *hash = request_code_hash(need, CODE_TO_PHONE, code);
    if (g_strcmp0(hash, need->code_hash) == 0)
        return settle(answer, NEED_STATE_MET, "answered", "the code is right", err);
    need->tries++;
    return request_need_update(answer->work->db, need, err) &&
           leave(answer, "the code is wrong", err);
}

/* Whoever was asked is told, at that address, what the word is: some times, since what answers
 * every mail in the same way may be no person. */
static bool ask_for_word(const Answer *answer, GError **err)
{
    const Work *work = answer->work;
    int64_t told = 0;
    if (!db_select_int(work->db,
                       "SELECT count(*) FROM request_event"
                       " WHERE request_id = $1 AND what = 'unclear'",
                       DB_ARGS(db_int(answer->request->number)), &told, err))
        return false;
    if (told >= REQUEST_UNCLEAR_MAX)
        return true;
    g_autoptr(GPtrArray) contacts = request_contacts(work->db, answer->request->number, err);
    const RequestLetter letter = {
        .template = "request-not-counted",
        .to = answer->need->subject,
        .token = answer->item->detail,
        .expires_at = answer->need->expires_at,
    };
    return contacts != NULL &&
           request_letter_send(work, answer->request, contacts, &letter, err);
}

static bool take_word(const Answer *answer, GError **err)
{
    switch (says(answer)) {
    case ANSWER_YES:
        return settle(answer, NEED_STATE_MET, "answered", "answered yes", err);
    case ANSWER_NO:
        return settle(answer, NEED_STATE_REFUSED, "refused", "answered no", err);
    case ANSWER_NOTHING:
    default:
        return ask_for_word(answer, err) &&
               leave(answer,
                     "the answer begins neither with yes nor with no, so it changes nothing",
                     err);
    }
}

/* Whether the mail names as its author who was asked, by whatever address is on file of that
 * person. A question may be forwarded, token and all: a stranger's yes is none. New addresses
 * and codes prove that somebody reads there, whoever writes. */
static bool is_by_asked(const Answer *answer, bool *ret_is, GError **err)
{
    const RequestNeed *need = answer->need;
    const Mailbox *author = message_author(answer->message);
    const char *address = author != NULL ? author->address : NULL;
    g_autoptr(Person) asked = NULL;
    bool is_asked_in_person = need->kind == NEED_OWNER || request_need_is_of_authority(need);
    *ret_is = !is_asked_in_person || (address != NULL && need->subject != NULL &&
                                      address_equal(address, need->subject));
    if (*ret_is || address == NULL || need->subject == NULL)
        return true;
    g_autoptr(Person) person = NULL;
    if (!person_find_by_address(answer->work->db, need->subject, &asked, err) ||
        !person_find_by_address(answer->work->db, address, &person, err))
        return false;
    *ret_is = asked != NULL && person != NULL && asked->id == person->id;
    return true;
}

/* People see who it was, and whether that may be. */
static bool hold(const Answer *answer, GError **err)
{
    const Mailbox *author = message_author(answer->message);
    g_autofree char *why = g_strdup_printf(
        "%s answered what %s was asked: ask there; if it is true, approve with --override",
        author != NULL ? author->raw : "somebody without a name", answer->need->subject);
    answer->request->next_at = answer->work->now;
    return request_hold(answer->work, answer->request, why, err) &&
           request_update(answer->work->db, answer->request, err) &&
           leave(answer, "it is not from the address that was asked", err);
}

/* Whether it still counts; *ret_why says why not. */
static bool check(const Answer *answer, char **ret_why, GError **err)
{
    const RequestNeed *need = answer->need;
    *ret_why = NULL;
    if (!request_state_is_open(answer->request->state))
        *ret_why = g_strdup("the request has ended before");
    else if (need->state != NEED_STATE_ASKED)
        *ret_why = g_strdup("this has been answered before, or is not asked any more");
    else if (need->expires_at != 0 && need->expires_at <= answer->work->now)
        *ret_why = g_strdup("it came too late");
    else if (request_need_is_of_authority(need))
        return request_check_authority(answer->work, answer->request, need, ret_why, err);
    return true;
}

static bool take_answer(const Answer *answer, GError **err)
{
    g_autofree char *why = NULL;
    if (machine_wrote(answer->work->config->list, answer->item, answer->message))
        return end(answer, INBOX_KEPT, "an automatic answer confirms nothing");
    if (!check(answer, &why, err))
        return false;
    if (why != NULL)
        return leave(answer, why, err);
    bool is_by_asked_one = false;
    if (!is_by_asked(answer, &is_by_asked_one, err))
        return false;
    if (!is_by_asked_one)
        return hold(answer, err);
    return answer->need->kind == NEED_PHONE ? take_code(answer, err) : take_word(answer, err);
}

bool desk_knows_token(Db *db, const char *token, bool *ret_knows, GError **err)
{
    g_autoptr(RequestNeed) need = NULL;
    if (!request_need_find_token(db, token, &need, err))
        return false;
    *ret_knows = need != NULL;
    return true;
}

bool desk_take_answer(const Work *work, const InboxItem *item, const Message *message,
                      Taken *ret_taken, GError **err)
{
    g_auto(Answer) answer = { work, item, message, ret_taken, NULL, NULL };
    if (!request_need_find_token(work->db, item->detail, &answer.need, err))
        return false;
    if (answer.need == NULL)
        return end(&answer, INBOX_KEPT, "nothing waits for this confirmation");
    return request_get(work->db, answer.need->request_id, &answer.request, err) &&
           take_answer(&answer, err);
}
