#include "committee/ballot.h"

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/token.h"
#include "committee/decision_letter.h"
#include "directory/person.h"
#include "mail/answer.h"
#include "mail/evidence.h"
#include "queue/machine.h"

static const DbField OWNER_FIELDS[] = {
    DB_FIELD(BallotOwner, ballot_id),
    DB_FIELD(BallotOwner, decision_id),
    DB_FIELD(BallotOwner, person_id),
};

static const DbRecord OWNER_RECORD = {
    .size = sizeof(BallotOwner),
    .free = g_free,
    .fields = OWNER_FIELDS,
    .n_fields = G_N_ELEMENTS(OWNER_FIELDS),
};

bool ballot_find(Db *db, const char *token, bool *ret_is, BallotOwner *ret_owner, GError **err)
{
    *ret_is = false;
    if (token == NULL || !token_is_wellformed(token))
        return true;
    g_autofree char *hash = token_hash(token);
    g_autoptr(GPtrArray) rows = db_select(
        db, &OWNER_RECORD,
        "SELECT b.id AS ballot_id, b.decision_id, b.person_id FROM ballot_token t"
        " JOIN ballot b ON b.id = t.ballot_id WHERE t.token_hash = $1",
        DB_ARGS(db_text(hash)), err);
    if (rows == NULL)
        return false;
    *ret_is = rows->len > 0;
    if (*ret_is)
        *ret_owner = *(const BallotOwner *) rows->pdata[0];
    return true;
}

/* What the steps below work on. */
typedef struct {
    const Work *work;
    const InboxItem *item;
    const Message *message;
    BallotOwner owner;
    Decision *decision;
    Ballot *ballot; /* borrowed from the decision */
    Evidence evidence;
    bool is_from_voter; /* by the address in From */
} Answer;

static void answer_clear(Answer *answer)
{
    decision_free(answer->decision);
    evidence_clear(&answer->evidence);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static bool load(Answer *answer, GError **err)
{
    bool is_ballot = false;
    if (!ballot_find(answer->work->db, answer->item->detail, &is_ballot, &answer->owner, err))
        return false;
    if (!is_ballot)
        return err_set(err, ERR_NOT_FOUND, "that token is no ballot's");
    if (!decision_get(answer->work->db, answer->owner.decision_id, &answer->decision, err))
        return false;
    for (guint i = 0; i < answer->decision->ballots->len; i++) {
        Ballot *ballot = answer->decision->ballots->pdata[i];
        if (ballot->id == answer->owner.ballot_id)
            answer->ballot = ballot;
    }
    return true;
}

/* Whom the address in From belongs to, and what our mail server says of it. */
static bool find_author(Answer *answer, GError **err)
{
    const Config *config = answer->work->config;
    const EvidenceTrust trust = { config->authserv_id, config->trusted_hops };
    const Mailbox *author = message_author(answer->message);
    g_autoptr(Person) person = NULL;
    if (author == NULL)
        return true;
    if (!person_find_by_address(answer->work->db, author->address, &person, err))
        return false;
    answer->is_from_voter = person != NULL && person->id == answer->owner.person_id;
    g_autoptr(Head) head = head_parse(answer->item->data, NULL);
    if (head == NULL || config->authserv_id == NULL)
        return true;
    g_autoptr(GPtrArray) fields = evidence_fields(head);
    evidence_find(fields, &trust, address_domain(author->address), &answer->evidence);
    return true;
}

static bool is_disowned(const Answer *answer)
{
    return answer->evidence.kind == EVIDENCE_NONE &&
           answer->evidence.dmarc_policy > DMARC_POLICY_NONE;
}

/* The option that is called so; 0 if none is. */
static int64_t option_named(const Decision *decision, const char *name)
{
    for (guint i = 0; i < decision->options->len; i++) {
        const DecisionOption *option = decision->options->pdata[i];
        g_autofree char *folded = text_fold(option->text);
        if (g_str_equal(folded, name))
            return option->position;
    }
    return 0;
}

/* What the text says: an option, or yes or no in the voter's words for it. *ret_choice is 0 if
 * it says nothing. */
static bool read_choice(const Answer *answer, int64_t *ret_choice, GError **err)
{
    const Decision *decision = answer->decision;
    const char *text = answer->message->text;
    const char *options[DECISION_OPTIONS_MAX];
    size_t choice = 0;
    g_autoptr(Person) voter = NULL;
    if (!person_find(answer->work->db, answer->owner.person_id, &voter, err))
        return false;
    const char *language = voter != NULL ? voter->language : NULL;
    g_assert(decision->options->len <= DECISION_OPTIONS_MAX);
    for (guint i = 0; i < decision->options->len; i++)
        options[i] = ((const DecisionOption *) decision->options->pdata[i])->text;

    *ret_choice = 0;
    if (answer_choose(text, language, options, decision->options->len, &choice)) {
        *ret_choice = (int64_t) choice;
        return true;
    }
    AnswerSays says = answer_read(text, language);
    if (says != ANSWER_NOTHING)
        *ret_choice = option_named(decision, says == ANSWER_YES ? DECISION_YES : DECISION_NO);
    return true;
}

/* Taking it */

static char *reason_with_label(const Answer *answer, const char *reason)
{
    g_autofree char *label = decision_label(answer->owner.decision_id);
    return g_str_has_prefix(reason, label) ? g_strdup(reason)
                                           : g_strdup_printf("%s: %s", label, reason);
}

static void keep(const Answer *answer, const char *reason, Taken *ret_taken)
{
    *ret_taken = (Taken){
        .state = INBOX_KEPT,
        .reason = reason_with_label(answer, reason),
        .person_id = answer->is_from_voter ? answer->owner.person_id : 0,
    };
}

/* A voter who was told of such a mail just now looks into it: more would be a flood that
 * somebody else directs at him. */
static bool tell(const Answer *answer, const char *reason, GError **err)
{
    const Work *work = answer->work;
    const DecisionNote note = {
        .template = "decision-not-counted",
        .reason = reason,
        .in_reply_to = answer->is_from_voter ? answer->message->message_id : NULL,
        .is_reply = true,
    };
    if (answer->ballot->told_at + BALLOT_NOTICE_S > work->now)
        return true;
    return db_run(work->db, "UPDATE ballot SET told_at = $2 WHERE id = $1",
                  DB_ARGS(db_int(answer->ballot->id), db_int(work->now)), NULL, err) &&
           decision_letter_ballot(work, answer->decision, answer->ballot, &note, err);
}

static bool keep_and_tell(const Answer *answer, const char *reason, Taken *ret_taken,
                          GError **err)
{
    if (!tell(answer, reason, err))
        return false;
    keep(answer, reason, ret_taken);
    return true;
}

/* Whoever has come by an old ballot must not send mail to the voter for ever. */
static bool keep_strange(const Answer *answer, Taken *ret_taken, GError **err)
{
    static const char REASON[] = "the answer came from somebody else";
    if (answer->decision->state == DECISION_OPEN)
        return keep_and_tell(answer, REASON, ret_taken, err);
    keep(answer, REASON, ret_taken);
    return true;
}

static bool vote(const Answer *answer, int64_t choice, Taken *ret_taken, GError **err)
{
    bool has_proof = answer->evidence.kind != EVIDENCE_NONE;
    g_autoptr(GError) refusal = NULL;
    const DecisionVote cast = {
        .person_id = answer->owner.person_id,
        .choice = choice,
        .via = DECISION_VIA_MAIL,
        .cast_at = MIN(answer->item->received_at, answer->work->now),
        .evidence = has_proof ? answer->evidence.text : NULL,
        .in_reply_to = answer->message->message_id,
    };
    if (decision_vote(answer->work, answer->owner.decision_id, &cast, &refusal)) {
        *ret_taken = (Taken){
            .state = INBOX_CONFIRMED,
            .reason = reason_with_label(answer, "counts as a vote"),
            .person_id = answer->owner.person_id,
            .evidence = g_strdup(cast.evidence),
        };
        return true;
    }
    if (err_is(refusal, ERR_DENIED))
        return keep_and_tell(answer, refusal->message, ret_taken, err);
    g_propagate_error(err, g_steal_pointer(&refusal));
    return false;
}

bool ballot_take_answer(const Work *work, const InboxItem *item, const Message *message,
                        Taken *ret_taken, GError **err)
{
    g_auto(Answer) answer = { .work = work, .item = item, .message = message };
    int64_t choice = 0;
    if (!load(&answer, err) || !find_author(&answer, err) ||
        !read_choice(&answer, &choice, err))
        return false;
    if (machine_wrote(work->config->list, item, message)) {
        keep(&answer, "what a machine sends is no vote", ret_taken);
        return true;
    }
    if (!answer.is_from_voter)
        return keep_strange(&answer, ret_taken, err);
    if (is_disowned(&answer))
        return keep_and_tell(&answer,
                             "the domain in From disowns the answer, so it may be forged",
                             ret_taken, err);
    if (choice == 0)
        return keep_and_tell(&answer, "the answer begins with none of the options", ret_taken,
                             err);
    return vote(&answer, choice, ret_taken, err);
}
