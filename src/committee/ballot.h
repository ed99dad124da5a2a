/* Votes by mail: answers to the mails that carry a ballot's token
 * (committee/decision_letter.h).
 *
 * The token shows that the author has a mail of ours before him, but that may have been passed
 * on. So the author must be the voter, by an address on file, and where our mail server says
 * that the author's domain disowns the mail (it fails DMARC under a policy of quarantine or
 * reject), it counts for nothing. Whatever counts is told to the voter at the address on file.
 * What machines send never votes. */
#pragma once

#include "committee/decision.h"
#include "mail/message.h"
#include "queue/taken.h"

typedef struct {
    int64_t ballot_id;
    int64_t decision_id;
    int64_t person_id; /* 0 if that person is no longer on file */
} BallotOwner;

/* Whose ballot a token is: NULL, or what stood in the address, in any form. *ret_is is false,
 * and *ret_owner untouched, if it is no ballot's. */
bool ballot_find(Db *db, const char *token, bool *ret_is, BallotOwner *ret_owner, GError **err);

/* Takes the answer to a ballot, within the caller's transaction: item->detail is a token that
 * ballot_find knows. The first words of the author's own that are an option, by its words or
 * its number, are the vote. What does not count leaves the vote as it is, and the voter is told
 * why, if the mail seems to be his and he was not told of another within BALLOT_NOTICE_S. */
bool ballot_take_answer(const Work *work, const InboxItem *item, const Message *message,
                        Taken *ret_taken, GError **err);
