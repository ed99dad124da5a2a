/* When an invitation's reminders are due: pure functions of the time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How many reminders follow an invitation. */
size_t invitation_reminders(void);

/* When the next reminder is due, once so many mails (at least 1) have gone out and the last of
 * them at last_at: as long after it as the table of days says, so that reminders which were
 * held up do not all come at once. -1 if it was the last one. All in seconds since 1970 UTC. */
int64_t invitation_next_due(int64_t mails, int64_t last_at);

/* The longest time from one mail to the next: what is due later was planned by a clock that has
 * been set back since. */
int64_t invitation_longest_gap(void);
