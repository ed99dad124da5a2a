#include "membership/request_reminder.h"

#include <stdbool.h>

#include "base/clock.h"

#define LAST_DAY 31

static bool is_day_of(int64_t days, int day)
{
    return (days >> day & 1) != 0;
}

int64_t request_reminders_after(int64_t days, int64_t seconds)
{
    int64_t count = 0;
    for (int day = 1; day <= LAST_DAY; day++)
        count += is_day_of(days, day) && seconds >= day * CLOCK_DAY;
    return count;
}

int64_t request_reminder_next(int64_t days, int64_t since, int64_t now)
{
    for (int day = 1; day <= LAST_DAY; day++) {
        int64_t at = since + day * CLOCK_DAY;
        if (is_day_of(days, day) && at > now)
            return at;
    }
    return -1;
}
