/* Telling those who take part in a request what became of it: receipts to the requester, the
 * contacts and the authority. Everything is within the caller's transaction, and nobody gets
 * the same letter twice. */
#pragma once

#include "membership/request.h"

/* Who was on file before a request took effect. */
typedef struct Outcome Outcome;

void outcome_free(Outcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outcome, outcome_free)

/* Before it takes effect. work, request and contacts stay borrowed. */
bool outcome_prepare(const Work *work, const Request *request, const GPtrArray *contacts,
                     Outcome **ret_outcome, GError **err);

/* After it took effect: welcomes who is new, tells who was changed (at the old address too) or
 * removed, and gives receipts to requester and authority. */
bool outcome_tell_done(const Outcome *outcome, GError **err);

/* It was refused, ran out of time or was withdrawn: tells the requester. */
bool outcome_tell_end(const Work *work, const Request *request, const GPtrArray *contacts,
                      GError **err);

/* It came in: tells the requester what it waits for now. in_reply_to may be NULL. */
bool outcome_tell_received(const Work *work, const Request *request, const GPtrArray *contacts,
                           const char *in_reply_to, GError **err);

/* Asks the requester for what is missing or wrong, with the form filled in as it was
 * understood. */
bool outcome_ask_fields(const Work *work, const Request *request, const GPtrArray *contacts,
                        bool is_reminder, GError **err);
