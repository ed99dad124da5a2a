/* What falls due by time. */
#include "base/clock.h"
#include "base/limits.h"
#include "committee/decision_count.h"
#include "committee/decision_letter.h"
#include "committee/decision_steps.h"

/* Before the deadline, for those who have not voted. */
static const int64_t REMINDER_DAYS[] = { 3, 1 };

/* When the last reminder fell due, 0 if none has, and when the next one will, -1 if none. What
 * would fall on the time at which the ballots went out, or before it, is none. */
static void find_reminders(const Decision *decision, int64_t now, int64_t *ret_last,
                           int64_t *ret_next)
{
    *ret_last = 0;
    *ret_next = -1;
    for (size_t i = 0; i < G_N_ELEMENTS(REMINDER_DAYS); i++) {
        int64_t at = decision->deadline - REMINDER_DAYS[i] * CLOCK_DAY;
        if (at <= decision->opened_at)
            continue;
        if (at <= now)
            *ret_last = MAX(*ret_last, at);
        else
            *ret_next = clock_earlier(*ret_next, at);
    }
}

static bool remind(const Work *work, const Decision *decision, GError **err)
{
    const DecisionNote note = { .template = "decision-reminder" };
    for (guint i = 0; i < decision->ballots->len; i++) {
        const Ballot *ballot = decision->ballots->pdata[i];
        if (ballot->may_vote && ballot->choice == 0 &&
            !decision_letter_ballot(work, decision, ballot, &note, err))
            return false;
    }
    return db_run(work->db, "UPDATE decision SET reminded_at = $2 WHERE id = $1",
                  DB_ARGS(db_int(decision->id), db_int(work->now)), NULL, err);
}

static bool see_to(const Work *work, int64_t id, int64_t *ret_next_at, GError **err)
{
    g_autoptr(Decision) decision = NULL;
    if (!decision_get(work->db, id, &decision, err))
        return false;
    *ret_next_at = -1;
    if (work->now >= decision->deadline || decision_is_complete(decision))
        return decision_end(work, id, NULL, err);

    int64_t last = 0;
    int64_t next = -1;
    find_reminders(decision, work->now, &last, &next);
    *ret_next_at = clock_earlier(next, decision->deadline);
    return last <= decision->reminded_at || remind(work, decision, err);
}

/* All workers ask for this again and again: with nothing open, none of them takes the store's
 * one transaction for it. */
bool decision_due(const Work *work, int64_t *ret_next_at, GError **err)
{
    int64_t next_at = -1;
    int64_t count = 0;
    if (!db_select_int(work->db, "SELECT count(*) FROM decision WHERE state = 'open'",
                       DB_NO_ARGS, &count, err))
        return false;
    if (count == 0) {
        *ret_next_at = -1;
        return true;
    }
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    g_autoptr(GPtrArray) open = transaction != NULL ? decision_list(work->db, false, err)
                                                    : NULL;
    if (open == NULL)
        return false;
    for (guint i = 0; i < open->len; i++) {
        int64_t at = -1;
        if (!see_to(work, ((const Decision *) open->pdata[i])->id, &at, err))
            return false;
        next_at = clock_earlier(next_at, at);
    }
    if (!db_commit(&transaction, err))
        return false;
    *ret_next_at = next_at;
    return true;
}
