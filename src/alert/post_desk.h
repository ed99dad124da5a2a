/* What people decide about mail that waits: the same for the command line and the web. */
#pragma once

#include "store/db.h"

/* Lets a post that is held or was dropped go out: the worker takes it up again, and the journal
 * says who released it. Quarantined mail is only read once more. ret_reading may be NULL and
 * tells which of the two it was. Fails with ERR_NOT_FOUND, or ERR_INVALID if the mail is in
 * another state or no post. */
bool post_release(Db *db, int64_t inbox_id, const char *actor, int64_t now, bool *ret_reading,
                  GError **err);

/* Drops mail that is held or quarantined. Nobody is told. reason is for people; NULL if none is
 * given. The same errors. */
bool post_drop(Db *db, int64_t inbox_id, const char *actor, const char *reason, int64_t now,
               GError **err);

/* The message whose copies went out for a row of the inbox; *ret_message_id is 0 if it became
 * no post. */
bool post_message(Db *db, int64_t inbox_id, int64_t *ret_message_id, GError **err);
