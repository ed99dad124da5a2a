#include "alert/process.h"

#include "alert/post.h"

/* What the verdict asks for beside the row's own new state. */
static bool take_effect(const Work *work, const InboxItem *item, const Message *message,
                        const Assessment *assessment, GError **err)
{
    const Verdict *verdict = &assessment->verdict;
    if (verdict->state == INBOX_ACCEPTED)
        return post_send(work, item, message, assessment, err);
    if (verdict->state == INBOX_FORWARDED)
        return post_forward(work, item, message, assessment, err);
    if (verdict->state == INBOX_CONFIRMED)
        return post_settle(work, item, assessment, err);
    if (verdict->answer == POLICY_ANSWER_CONFIRMATION)
        return post_ask(work, item, message, assessment, err);
    return verdict->answer == POLICY_ANSWER_NONE ||
           post_answer(work, item, message, assessment, err);
}

static InboxDecision decision_of(const InboxItem *item, const Message *message,
                                 const Assessment *assessment)
{
    const Verdict *verdict = &assessment->verdict;
    const Mailbox *author = assessment->author;
    const Recognised *sender = author != NULL ? assessment->sender : NULL;
    return (InboxDecision){
        .state = verdict->state,
        .reason = verdict->reason,
        .waits_for = policy_waits_name(verdict->waits_for),
        .sender = author != NULL ? author->address : NULL,
        .person_id = sender != NULL ? sender->person_id : 0,
        .evidence = assessment->proof,
        .tlp = tlp_name(assessment->tlp),
        .subject = message != NULL ? message->subject : NULL,
        .header_id = message != NULL ? message->message_id : NULL,
        .decided_by = item->decided_by,
    };
}

static bool process(const Work *work, const InboxItem *item, const Message *message,
                    const char *unreadable, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    g_autoptr(Assessment) assessment = NULL;
    if (transaction == NULL || !inbox_check_claim(work->db, item, err) ||
        !assess(work, item, message, unreadable, &assessment, err) ||
        !take_effect(work, item, message, assessment, err))
        return false;

    const InboxDecision decision = decision_of(item, message, assessment);
    return inbox_decide(work->db, item->id, &decision, work->now, err) &&
           db_commit(&transaction, err);
}

bool process_item(const Work *work, const InboxItem *item, const Message *message, GError **err)
{
    return process(work, item, message, NULL, err);
}

bool process_unreadable(const Work *work, const InboxItem *item, const char *reason,
                        GError **err)
{
    return process(work, item, NULL, reason, err);
}

bool process_quarantine(const Work *work, const InboxItem *item, const char *reason,
                        GError **err)
{
    const InboxDecision decision = { .state = INBOX_QUARANTINED, .reason = reason };
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    return transaction != NULL && inbox_check_claim(work->db, item, err) &&
           inbox_decide(work->db, item->id, &decision, work->now, err) &&
           db_commit(&transaction, err);
}
