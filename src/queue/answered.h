/* Bounds on automatic answers (RFC 3834 section 2): whoever forges a sender must not have us
 * write to it again and again. */
#pragma once

#include "store/db.h"

/* Whether one more automatic mail to somebody who wrote may go out in this hour; letters about
 * requests have bounds of their own. */
bool answered_may_send(Db *db, int64_t now, bool *ret_may, GError **err);

/* Whether an address (canonical) got an answer of this kind today. */
bool answered_was(Db *db, const char *address, const char *kind, int64_t now, bool *ret_was,
                  GError **err);

/* Keeps in mind that it gets one now, within the caller's transaction. Of the days before there
 * is nothing to remember. */
bool answered_note(Db *db, const char *address, const char *kind, int64_t now, GError **err);
