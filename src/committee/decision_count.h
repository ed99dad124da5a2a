/* Counting votes: pure functions of a Decision read with its ballots. */
#pragma once

#include "committee/decision.h"

/* What the votes come to. */
typedef struct {
    DecisionState state; /* DECISION_CHOSEN, DECISION_TIE or DECISION_NO_QUORUM */
    int64_t chosen;      /* the position of an option; 0: none */
} DecisionCount;

DecisionCount decision_count(const Decision *decision);

/* Whether all who still may vote have voted and one option leads: a tie may still be broken by
 * somebody who votes otherwise. */
bool decision_is_complete(const Decision *decision);
