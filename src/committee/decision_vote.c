/* Voting. */
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "committee/decision_count.h"
#include "committee/decision_letter.h"
#include "committee/decision_steps.h"

static const char *via_name(DecisionVia via)
{
    return via == DECISION_VIA_MAIL ? "mail" : "command";
}

static Ballot *find_ballot(const Decision *decision, int64_t person_id)
{
    for (guint i = 0; i < decision->ballots->len; i++) {
        Ballot *ballot = decision->ballots->pdata[i];
        if (ballot->person_id == person_id && person_id != 0)
            return ballot;
    }
    return NULL;
}

static bool check_time(const Decision *decision, const DecisionVote *vote, GError **err)
{
    if (!decision_check_open(decision, err))
        return false;
    if (vote->cast_at < decision->deadline)
        return true;
    g_autofree char *label = decision_label(decision->id);
    g_autofree char *deadline = clock_format(decision->deadline);
    return err_set(err, ERR_DENIED, "the time to vote on %s ended at %s", label, deadline);
}

static bool check_voter(const Decision *decision, const Ballot *ballot, GError **err)
{
    g_autofree char *label = decision_label(decision->id);
    if (ballot == NULL)
        return err_set(err, ERR_DENIED,
                       "that person has no vote on %s: who is chair or on the committee when a "
                       "question is put has one",
                       label);
    return ballot->may_vote ||
           err_set(err, ERR_DENIED, "that person has no office any more that votes");
}

static bool check_vote(const Decision *decision, const Ballot *ballot, const DecisionVote *vote,
                       GError **err)
{
    if (vote->choice < 1 || vote->choice > decision->options->len)
        return err_set(err, ERR_INVALID, "there is no such option");
    if (ballot->voted_at > vote->cast_at)
        return err_set(err, ERR_DENIED, "a later vote of the same person counts");
    if (vote->via == DECISION_VIA_MAIL && ballot->mail_votes >= BALLOT_VOTES_MAX)
        return err_set(
            err, ERR_DENIED,
            "this vote was changed by mail too often: the secretariat can change it");
    return true;
}

static bool record(const Work *work, const Ballot *ballot, const DecisionVote *vote,
                   GError **err)
{
    bool is_mail = vote->via == DECISION_VIA_MAIL;
    return db_run(work->db,
                  "UPDATE ballot SET choice = $2, voted_at = $3, via = $4, recorded_by = $5,"
                  " mail_votes = mail_votes + $6 WHERE id = $1",
                  DB_ARGS(db_int(ballot->id), db_int(vote->choice), db_int(vote->cast_at),
                          db_text(via_name(vote->via)), db_text(is_mail ? NULL : work->actor),
                          db_int(is_mail ? 1 : 0)),
                  NULL, err);
}

static bool journal(const Work *work, const Decision *decision, const Ballot *ballot,
                    const DecisionVote *vote, GError **err)
{
    const DecisionOption *option = decision->options->pdata[vote->choice - 1];
    bool is_mail = vote->via == DECISION_VIA_MAIL;
    g_autofree char *voter = g_strdup_printf("mail:person %" G_GINT64_FORMAT,
                                             ballot->person_id);
    g_autofree char *name = decision_option_name(vote->choice);
    g_autofree char *details = g_strdup_printf(
        "%s%s, by %s", name, ballot->choice != 0 ? " instead" : "", via_name(vote->via));
    const JournalValue values[] = {
        { "name", ballot->name },
        { "vote", option->text },
        { "evidence", vote->evidence },
    };
    const JournalEntry entry = {
        .actor = is_mail ? voter : NULL,
        .action = "decision.vote",
        .person_id = ballot->person_id,
        .details = details,
        .values = values,
        .n_values = vote->evidence != NULL ? 3 : 2,
    };
    return decision_journal(work, decision->id, entry, err);
}

/* Whoever votes in somebody's name cannot hide it. */
static bool send_receipt(const Work *work, const Decision *decision, const DecisionVote *vote,
                         GError **err)
{
    const DecisionNote note = {
        .template = "decision-vote",
        .in_reply_to = vote->in_reply_to,
        .is_reply = vote->via == DECISION_VIA_MAIL,
    };
    return decision_letter_ballot(work, decision, find_ballot(decision, vote->person_id), &note,
                                  err);
}

bool decision_vote(const Work *work, int64_t id, const DecisionVote *vote, GError **err)
{
    g_autoptr(Decision) before = NULL;
    g_autoptr(Decision) after = NULL;
    if (!decision_get(work->db, id, &before, err) || !check_time(before, vote, err))
        return false;
    const Ballot *ballot = find_ballot(before, vote->person_id);
    if (!check_voter(before, ballot, err) || !check_vote(before, ballot, vote, err) ||
        !record(work, ballot, vote, err) || !journal(work, before, ballot, vote, err) ||
        !decision_get(work->db, id, &after, err) || !send_receipt(work, after, vote, err))
        return false;
    return !decision_is_complete(after) || decision_end(work, id, NULL, err);
}
