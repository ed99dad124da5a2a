#include "committee/decision_count.h"

DecisionCount decision_count(const Decision *decision)
{
    const DecisionOption *best = NULL;
    bool is_tie = false;
    for (guint i = 0; i < decision->options->len; i++) {
        const DecisionOption *option = decision->options->pdata[i];
        is_tie = best != NULL && option->votes == best->votes ? true : is_tie;
        if (best == NULL || option->votes > best->votes) {
            best = option;
            is_tie = false;
        }
    }
    if (decision->voted < decision->quorum)
        return (DecisionCount){ DECISION_NO_QUORUM, 0 };
    if (best == NULL || best->votes == 0 || is_tie)
        return (DecisionCount){ DECISION_TIE, 0 };
    return (DecisionCount){ DECISION_CHOSEN, best->position };
}

bool decision_is_complete(const Decision *decision)
{
    for (guint i = 0; i < decision->ballots->len; i++) {
        const Ballot *ballot = decision->ballots->pdata[i];
        if (ballot->may_vote && ballot->choice == 0)
            return false;
    }
    return decision_count(decision).state == DECISION_CHOSEN;
}
