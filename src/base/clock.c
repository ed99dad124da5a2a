#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/text.h"

struct Clock {
    char *test_file;  /* NULL: the system's clock */
    int64_t *last_ms; /* what the test file said last */
};

static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

/* Days of the Gregorian calendar repeat after 400 years. */
#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970      719468 /* from 1 March of year 0 */

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

/* Years are counted from 1 March here, so that the leap day is a year's last one and the
 * lengths of the months before it follow one rule: (153 * month + 2) / 5 days. */
int64_t clock_from_date(ClockDate date)
{
    int64_t months = (int64_t) date.year * 12 + date.month - 3;
    int64_t year = floor_div(months, 12);
    int64_t month = months - year * 12;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (era * DAYS_OF_400_YEARS + day_of_era - DAYS_TO_1970) * CLOCK_DAY;
}

ClockDate clock_date(int64_t at)
{
    int64_t days = floor_div(at, CLOCK_DAY) + DAYS_TO_1970;
    int64_t era = floor_div(days, DAYS_OF_400_YEARS);
    int64_t day_of_era = days - era * DAYS_OF_400_YEARS;
    /* Take the leap days out before dividing by the days of a plain year. */
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                           day_of_era / 146096) /
                          365;
    int64_t day_of_year = day_of_era -
                          (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;

    return (ClockDate){
        .year = (int) (year_of_era + era * 400 + (month >= 10 ? 1 : 0)),
        .month = (int) (month < 10 ? month + 3 : month - 9),
        .day = (int) (day_of_year - (153 * month + 2) / 5 + 1),
    };
}

int clock_days_in_month(int year, int month)
{
    g_assert(month >= 1 && month <= 12);

    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return DAYS[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

int64_t clock_earlier(int64_t due_at, int64_t other_due_at)
{
    if (due_at < 0 || other_due_at < 0)
        return MAX(due_at, other_due_at);
    return MIN(due_at, other_due_at);
}

char *clock_format(int64_t at)
{
    ClockDate date = clock_date(at);
    int second = (int) (at - floor_div(at, CLOCK_DAY) * CLOCK_DAY);

    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", date.year, date.month, date.day,
                           second / 3600, second / 60 % 60, second % 60);
}

/* Reads exactly count digits and the character after them ('\0': none is asked for). */
static bool read_number(const char **at, int count, char end, int *ret_value)
{
    int value = 0;

    for (int i = 0; i < count; i++, (*at)++) {
        if (!g_ascii_isdigit(**at))
            return false;
        value = value * 10 + (**at - '0');
    }
    if (end != '\0' && *(*at)++ != end)
        return false;
    *ret_value = value;
    return true;
}

static bool read_date(const char **at, int64_t *ret_at)
{
    ClockDate date = { 0 };

    if (!read_number(at, 4, '-', &date.year) || !read_number(at, 2, '-', &date.month) ||
        !read_number(at, 2, '\0', &date.day))
        return false;
    if (date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > clock_days_in_month(date.year, date.month))
        return false;
    *ret_at = clock_from_date(date);
    return true;
}

/* Reads "Z" or "+05:30" as seconds east of UTC. */
static bool read_offset(const char **at, int *ret_offset)
{
    int hours = 0;
    int minutes = 0;
    char sign = *(*at)++;

    if (sign == 'Z' || sign == 'z') {
        *ret_offset = 0;
        return true;
    }
    if ((sign != '+' && sign != '-') || !read_number(at, 2, ':', &hours) ||
        !read_number(at, 2, '\0', &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_offset = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

/* RFC 3339 section 5.6 after the date: a second 60 is the first of the next minute to us. */
static bool read_time(const char **at, int64_t *ret_seconds)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int offset = 0;

    if (!read_number(at, 2, ':', &hour) || !read_number(at, 2, ':', &minute) ||
        !read_number(at, 2, '\0', &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (**at == '.') {
        size_t digits = strspn(*at + 1, "0123456789");
        if (digits == 0)
            return false;
        *at += 1 + digits;
    }
    if (!read_offset(at, &offset))
        return false;
    *ret_seconds = hour * 3600 + minute * 60 + second - offset;
    return true;
}

static bool read_at(const char *at, int64_t *ret_at)
{
    int64_t day = 0;
    int64_t seconds = 0;

    if (!read_date(&at, &day))
        return false;
    if (*at != '\0') {
        if (strchr("Tt ", *at) == NULL)
            return false;
        at++;
        if (!read_time(&at, &seconds))
            return false;
    }
    if (*at != '\0')
        return false;
    *ret_at = day + seconds;
    return true;
}

bool clock_parse(const char *text, int64_t *ret_at, GError **err)
{
    if (read_at(text, ret_at))
        return true;

    g_autofree char *shown = text_printable_max(text, strlen(text), 40);
    return err_set(err, ERR_INVALID,
                   "\"%s\" is not a date like 2026-11-20 or a time like 2026-11-20T10:00:00Z",
                   shown);
}

static bool read_test_file(const char *path, int64_t *ret_ms, GError **err)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    int64_t at = 0;

    if (!g_file_get_contents(path, &text, NULL, &cause))
        return err_set(err, ERR_NOT_FOUND, "could not read the test clock: %s", cause->message);
    g_strstrip(text);
    if (!g_ascii_string_to_signed(text, 10, 0, INT64_C(1) << 40, &at, NULL) &&
        !clock_parse(text, &at, err))
        return false;
    *ret_ms = at * 1000;
    return true;
}

Clock *clock_new(const char *test_file, GError **err)
{
    int64_t ms = 0;

    if (test_file != NULL && !read_test_file(test_file, &ms, err))
        return NULL;

    Clock *clock = g_new0(Clock, 1);
    clock->test_file = g_strdup(test_file);
    clock->last_ms = g_new(int64_t, 1);
    *clock->last_ms = ms;
    return clock;
}

void clock_free(Clock *clock)
{
    if (clock == NULL)
        return;
    g_free(clock->test_file);
    g_free(clock->last_ms);
    g_free(clock);
}

int64_t clock_now_ms(const Clock *clock)
{
    if (clock->test_file != NULL) {
        (void) read_test_file(clock->test_file, clock->last_ms,
                              NULL); /* then the last time stays */
        return *clock->last_ms;
    }

    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now(const Clock *clock)
{
    return floor_div(clock_now_ms(clock), 1000);
}
