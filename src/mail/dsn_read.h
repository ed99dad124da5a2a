/* Bounces: what a mail says about the delivery of another one. RFC 3464 first, then the plain
 * texts of mail systems that do not write it. Nothing here is proof: anybody can send such a
 * mail, so the caller must have recognised the address it came to (mail/verp.h). */
#pragma once

#include "mail/dsn.h"
#include "mail/message.h"

/* Dsn * of each recipient that the mail did not reach (yet), in the order of the mail. Empty if
 * this is no bounce: an absence notice, a report of success, somebody's mail about bounces. */
GPtrArray *dsn_read(const Message *message);
