/* Which fields of a post may go on to its readers. */
#pragma once

#include "mail/head.h"

/* Takes away what concerns nobody but the author and his servers (Bcc, read receipts, results
 * of checks that other servers made), what would make our copy look like another list's, and
 * what readers could take apart in different ways. Fails with ERR_INVALID if the structure of
 * the mail is told twice. Subject and From are left to the caller. */
bool fields_clean(Head *head, bool is_utf8, GError **err);

/* Whether a value says the same to every reader: printable ASCII in words of bearable length,
 * without a line break in an encoded word. */
bool fields_is_plain(const char *value);
