/* Bounces in plain words, of mail systems that write no report (RFC 3464). */
#pragma once

#include "mail/dsn.h"
#include "mail/message.h"

/* As dsn_read, which asks this last. */
GPtrArray *dsn_read_text(const Message *message);

/* The Message-ID of the mail that came back, without brackets; NULL if it is not told. */
char *dsn_returned_id(const Message *message);
