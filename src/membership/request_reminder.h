/* When those who were asked are reminded: pure functions of the time. The days are a set, as
 * [policy] request-reminder-days gives it: bit 7 is the 7th day, from 1 to 31. */
#pragma once

#include <stdint.h>

/* How many reminders should have gone out so many seconds after the question. */
int64_t request_reminders_after(int64_t days, int64_t seconds);

/* When the next one is due after now, for what was asked at since (seconds since 1970 UTC); -1
 * if none is left. */
int64_t request_reminder_next(int64_t days, int64_t since, int64_t now);
