/* Who takes a mail: the procedures look first, in the order of one table; what none of them
 * takes is a post or an answer to one (alert/process.h). */
#pragma once

#include "mail/message.h"
#include "queue/inbox.h"
#include "queue/work.h"

/* Works on one claimed row with what the parser found, in one transaction. ERR_DENIED if the
 * row was given to another worker since it was claimed. */
bool dispatch_item(const Work *work, const InboxItem *item, const Message *message,
                   GError **err);
