/* What senders are told about their posts, see post.h. */
#include "alert/post.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/token.h"
#include "queue/answered.h"
#include "queue/letter.h"

static json_t *time_of(int64_t at)
{
    g_autofree char *text = clock_format(at);
    return json_string(text);
}

/* What all these letters know of the mail they are about. */
static json_t *data_of(const Work *work, const InboxItem *item, const Message *message,
                       const Assessment *assessment)
{
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    /* Whoever forges a sender must not mail texts of his own through us. */
    g_autofree char *subject = message != NULL && message->subject != NULL
                                   ? text_truncate(message->subject, SUBJECT_SHOWN_MAX)
                                   : g_strdup("");
    const Recognised *sender = assessment->sender;
    json_t *data = json_object();
    json_object_set_new(data, "name", json_string(sender != NULL ? sender->name : ""));
    json_object_set_new(data, "address", json_string(assessment->answer_to));
    json_object_set_new(data, "subject", json_string(subject));
    json_object_set_new(data, "recipient", json_string(item->recipient));
    json_object_set_new(data, "received", time_of(item->received_at));
    json_object_set_new(data, "owner", json_string(owner));
    json_object_set_new(data, "reason", json_string(assessment->verdict.reason));
    return data;
}

static bool send(const Work *work, const Letter *letter, const Message *message,
                 const Assessment *assessment, GError **err)
{
    g_autoptr(Person) person = NULL;
    if (assessment->sender != NULL &&
        !person_find(work->db, assessment->sender->person_id, &person, err)) {
        json_decref(letter->data);
        return false;
    }
    Letter complete = *letter;
    complete.language = person != NULL ? person->language : NULL;
    complete.to = assessment->answer_to;
    complete.in_reply_to = message != NULL ? message->message_id : NULL;
    return letter_send(work, &complete, err);
}

/* The token goes into the mail only; the store has its hash. */
bool post_ask(const Work *work, const InboxItem *item, const Message *message,
              const Assessment *assessment, GError **err)
{
    int64_t expires_at = work->now + work->config->confirmation_hours * 3600;
    g_autofree char *token = token_new();
    g_autofree char *hash = token_hash(token);
    g_autofree char *suffix = g_strconcat("-confirm+", token, NULL);
    g_autofree char *from = address_with_detail(work->config->list, suffix);
    if (!db_run(work->db,
                "INSERT INTO confirmation (token_hash, inbox_id, created_at, expires_at)"
                " VALUES ($1, $2, $3, $4)",
                DB_ARGS(db_text(hash), db_int(item->id), db_int(work->now), db_int(expires_at)),
                NULL, err))
        return false;

    json_t *data = data_of(work, item, message, assessment);
    json_object_set_new(data, "expires", time_of(expires_at));
    json_object_set_new(data, "readers", json_integer(assessment->readers));
    const Letter letter = {
        .template = "post-confirmation",
        .kind = OUTBOX_CONFIRMATION,
        .from = from,
        .data = data,
    };
    return send(work, &letter, message, assessment, err);
}

bool post_answer(const Work *work, const InboxItem *item, const Message *message,
                 const Assessment *assessment, GError **err)
{
    bool is_held = assessment->verdict.answer == POLICY_ANSWER_HELD;
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    const char *kind = policy_answer_name(assessment->verdict.answer);
    if (!answered_note(work->db, assessment->answer_to, kind, work->now, err))
        return false;

    const Letter letter = {
        .template = is_held ? "post-held" : "post-refused",
        .kind = OUTBOX_NOTICE,
        .from = owner,
        .is_reply = true,
        .data = data_of(work, item, message, assessment),
    };
    return send(work, &letter, message, assessment, err);
}
