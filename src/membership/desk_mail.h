/* The secretariat's desk by mail: what comes to -request@, and answers to what was asked. Both
 * are worked on inside the caller's transaction, as all mail is (alert/process.h). */
#pragma once

#include "mail/message.h"
#include "queue/taken.h"
#include "queue/work.h"

/* Takes a mail to -request@. What it opened or completed is due at once (request_step.h). */
bool desk_take_request(const Work *work, const InboxItem *item, const Message *message,
                       Taken *ret_taken, GError **err);

/* Whether a token (NULL, or what stood in the address) is one that a request has sent out and
 * not ended since. */
bool desk_knows_token(Db *db, const char *token, bool *ret_knows, GError **err);

/* Takes an answer to what a request has asked. The token shows that the author has read the
 * mail that went to the address; which address he answers from does not matter, as many of
 * those at IANA only pass mail on. */
bool desk_take_answer(const Work *work, const InboxItem *item, const Message *message,
                      Taken *ret_taken, GError **err);
