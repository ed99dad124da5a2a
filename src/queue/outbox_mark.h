/* Marking what became of deliveries; part of outbox_turn(). */
#pragma once

#include "store/db.h"

/* Marks all results (OutboxResult *) of an owner, whose transaction it is. */
bool outbox_mark(Db *db, const char *owner, const GPtrArray *results, int64_t now,
                 GError **err);
