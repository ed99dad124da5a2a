/* When a copy that was not taken is tried again. */
#pragma once

#include "queue/outbox.h"

/* Seconds until the next attempt after so many, which are at least 1. */
int64_t outbox_retry_gap(OutboxOutcome outcome, int64_t attempts);

/* SQL that makes due at $1, the time by now, what is due later than its number of attempts can
 * put it off: a clock has been set back since. To be freed. */
char *outbox_undo_lead_sql(void);
