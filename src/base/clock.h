/* Time: one clock for a program, which a test can set, and dates as numbers. All times are
 * seconds since 1970 UTC without leap seconds; the calendar is the proleptic Gregorian one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Clock Clock;

/* The system's clock if test_file is NULL. Otherwise time stands still at what the file says, a
 * decimal number of seconds or a time as clock_parse reads it; the file is read at each call.
 * NULL on failure: ERR_NOT_FOUND if it cannot be read, ERR_INVALID if it holds no time. */
Clock *clock_new(const char *test_file, GError **err);
void clock_free(Clock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Clock, clock_free)

/* A test file that is gone or being rewritten leaves the time as it was. */
int64_t clock_now(const Clock *clock);    /* seconds */
int64_t clock_now_ms(const Clock *clock); /* milliseconds */

/* The earlier of two times at which something falls due; -1 stands for never. */
int64_t clock_earlier(int64_t due_at, int64_t other_due_at);

/* RFC 3339 in UTC: "2026-11-20T10:00:00Z". */
char *clock_format(int64_t at);

/* A date ("2026-11-20", its first second in UTC) or a time of RFC 3339; fractions of a second
 * are dropped. Fails with ERR_INVALID, also for a day that does not exist. */
bool clock_parse(const char *text, int64_t *ret_at, GError **err);

/* A day of the calendar, in UTC. */
typedef struct {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
} ClockDate;

#define CLOCK_DAY INT64_C(86400) /* seconds */

ClockDate clock_date(int64_t at);

/* The first second of a day. A day past the end of its month runs into the next one, as does a
 * month past the end of its year. */
int64_t clock_from_date(ClockDate date);

/* month is 1 to 12. */
int clock_days_in_month(int year, int month);
