#include "daemon/dispatch.h"

#include "alert/process.h"
#include "committee/ballot.h"
#include "membership/desk_mail.h"

typedef struct {
    RouteKind route; /* of the mails it may take */
    /* Whether it takes that one; NULL: all of the route. Reads only. */
    bool (*wants)(const Work *work, const InboxItem *item, bool *ret_wants, GError **err);
    /* Takes it, within the caller's transaction. */
    bool (*take)(const Work *work, const InboxItem *item, const Message *message,
                 Taken *ret_taken, GError **err);
} Taker;

static bool is_ballot(const Work *work, const InboxItem *item, bool *ret_wants, GError **err)
{
    BallotOwner owner;
    return ballot_find(work->db, item->detail, ret_wants, &owner, err);
}

static bool is_of_request(const Work *work, const InboxItem *item, bool *ret_wants,
                          GError **err)
{
    return desk_knows_token(work->db, item->detail, ret_wants, err);
}

static const Taker TAKERS[] = {
    { ROUTE_REQUEST, NULL, desk_take_request },
    { ROUTE_CONFIRM, is_of_request, desk_take_answer },
    { ROUTE_CONFIRM, is_ballot, ballot_take_answer },
};

/* *ret_taker is NULL if nobody takes it. */
static bool find_taker(const Work *work, const InboxItem *item, const Taker **ret_taker,
                       GError **err)
{
    *ret_taker = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(TAKERS) && *ret_taker == NULL; i++) {
        bool does_want = TAKERS[i].route == item->route;
        if (does_want && TAKERS[i].wants != NULL &&
            !TAKERS[i].wants(work, item, &does_want, err))
            return false;
        if (does_want)
            *ret_taker = &TAKERS[i];
    }
    return true;
}

static InboxDecision decision_of(const Message *message, const Taken *taken)
{
    const Mailbox *author = message_author(message);
    return (InboxDecision){
        .state = taken->state,
        .reason = taken->reason,
        .sender = author != NULL ? author->address : NULL,
        .person_id = taken->person_id,
        .evidence = taken->evidence,
        .subject = message->subject,
        .header_id = message->message_id,
    };
}

static bool hand_over(const Taker *taker, const Work *work, const InboxItem *item,
                      const Message *message, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    g_auto(Taken) taken = { .reason = NULL };
    if (transaction == NULL || !inbox_check_claim(work->db, item, err) ||
        !taker->take(work, item, message, &taken, err))
        return false;
    const InboxDecision decision = decision_of(message, &taken);
    return inbox_decide(work->db, item->id, &decision, work->now, err) &&
           db_commit(&transaction, err);
}

bool dispatch_item(const Work *work, const InboxItem *item, const Message *message,
                   GError **err)
{
    const Taker *taker = NULL;
    if (!find_taker(work, item, &taker, err))
        return false;
    return taker != NULL ? hand_over(taker, work, item, message, err)
                         : process_item(work, item, message, err);
}
