/* Mail that nobody wrote. */
#pragma once

#include "mail/message.h"
#include "queue/inbox.h"

/* Whether a mail is a machine's word, which asks for nothing and confirms nothing whatever it
 * quotes (RFC 3834): an automatic answer, a report, what has no sender to answer to, what has
 * gone in circles, and what comes from an address of the list (canonical) itself. */
bool machine_wrote(const char *list, const InboxItem *item, const Message *message);
