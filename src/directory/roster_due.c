#include "directory/roster_due.h"

#include <stdbool.h>

#include "base/clock.h"

#define DAYS_LOOKED_AT 63 /* two whole months: some day of each is in any set of days */

static bool is_due_day(int64_t days, const ClockDate *date)
{
    int last = clock_days_in_month(date->year, date->month);

    if (date->day < last)
        return (days >> date->day & 1) != 0;
    return (days >> last) != 0;
}

/* Looks at one day after the other from that of start, in steps of 1 or -1, until one is due
 * within the bounds. */
static int64_t find_due(int64_t days, int64_t hour, int64_t start, int step, int64_t not_before,
                        int64_t not_after)
{
    for (int i = 0; i < DAYS_LOOKED_AT; i++) {
        ClockDate date = clock_date(start + i * step * CLOCK_DAY);
        int64_t due_at = clock_from_date(date) + hour * 3600;
        if (is_due_day(days, &date) && due_at >= not_before && due_at <= not_after)
            return due_at;
    }
    return -1;
}

int64_t roster_due_last(int64_t days, int64_t hour, int64_t now)
{
    return find_due(days, hour, now, -1, INT64_MIN, now);
}

int64_t roster_due_next(int64_t days, int64_t hour, int64_t now)
{
    return find_due(days, hour, now, 1, now + 1, INT64_MAX);
}
