/* When the roster is due: pure functions of the time. */
#pragma once

#include <stdint.h>

/* days has bit N for day N of the month (1 to 31); a day that a month does not have is its last
 * one. hour is 0 to 23, all in UTC. All times are seconds since 1970 UTC. */

/* The last time at or before now at which a roster fell due. -1 if days is empty. */
int64_t roster_due_last(int64_t days, int64_t hour, int64_t now);

/* The first time after now at which one falls due. -1 if days is empty. */
int64_t roster_due_next(int64_t days, int64_t hour, int64_t now);
