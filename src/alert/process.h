/* Working on the inbox: what a mail leads to. One row is one transaction: the decision, the
 * copies, the answers and the journal row stand or fall together.
 *
 * A row that was given to another worker since it was claimed is left alone: ERR_DENIED. */
#pragma once

#include "alert/assess.h"

/* Works on one claimed row with what the parser found. */
bool process_item(const Work *work, const InboxItem *item, const Message *message,
                  GError **err);

/* Works on one claimed row that the parser has read and refused, for the reason given. */
bool process_unreadable(const Work *work, const InboxItem *item, const char *reason,
                        GError **err);

/* Puts aside a claimed row whose reading has failed too often. */
bool process_quarantine(const Work *work, const InboxItem *item, const char *reason,
                        GError **err);

/* Does what is due by time: drops posts that nobody confirmed, and tells the secretariat what
 * waits, at most once in SECRETARIAT_NOTICE_S. Call it after each batch of rows and when
 * *ret_next_at has come; that is -1 if nothing will fall due by itself. */
bool process_due(const Work *work, int64_t *ret_next_at, GError **err);
