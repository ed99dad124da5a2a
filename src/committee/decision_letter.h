/* The mails about decisions. All go out within the caller's transaction. */
#pragma once

#include "committee/decision.h"

/* What a voter is told. Everything is borrowed. */
typedef struct {
    const char *template;    /* "decision-ballot" */
    const char *reason;      /* why a mail did not count; NULL: it is about something else */
    const char *in_reply_to; /* the voter's mail; NULL: it answers none */
    bool is_reply;           /* to a mail of the voter */
} DecisionNote;

/* Sends a mail about a ballot to whom it belongs, at the address on file, from an address with
 * a new token: an answer to it is a vote. Nothing happens if that person is no longer on file.
 */
bool decision_letter_ballot(const Work *work, const Decision *decision, const Ballot *ballot,
                            const DecisionNote *note, GError **err);

/* Tells the voters, the chair and the secretariat how a decision was closed, and who voted
 * what. */
bool decision_letter_closed(const Work *work, const Decision *decision, GError **err);
