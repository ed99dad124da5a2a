/* Posts: what an accepted mail becomes. Everything here runs inside the caller's transaction.
 */
#pragma once

#include "alert/assess.h"

/* Puts the copies of an accepted post into the outbox, one for each reader, and writes the post
 * and its journal row. */
bool post_send(const Work *work, const InboxItem *item, const Message *message,
               const Assessment *assessment, GError **err);

/* Hands a mail on to the secretariat. */
bool post_forward(const Work *work, const InboxItem *item, const Message *message,
                  const Assessment *assessment, GError **err);

/* Asks the address on file whether it has sent the post. */
bool post_ask(const Work *work, const InboxItem *item, const Message *message,
              const Assessment *assessment, GError **err);

/* Does what the author has answered: the held post goes back to the inbox as confirmed, or is
 * dropped. */
bool post_settle(const Work *work, const InboxItem *item, const Assessment *assessment,
                 GError **err);

/* Tells the sender that the mail is held or refused, and keeps in mind that it did. */
bool post_answer(const Work *work, const InboxItem *item, const Message *message,
                 const Assessment *assessment, GError **err);
