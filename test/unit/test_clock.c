#include "base/clock.h"

#include <glib/gstdio.h>

#include "base/err.h"
#include "file_fixture.h"

static const struct {
    const char *text;
    int64_t want; /* -1: refused */
} PARSE[] = {
    /* clang-format off */
    { "1970-01-01", 0 },
    { "1970-01-01T00:00:01Z", 1 },
    { "2026-11-20", 1795132800 },
    { "2026-11-20T10:00:00Z", 1795168800 },
    { "2026-11-20t10:00:00z", 1795168800 },
    { "2026-11-20 10:00:00Z", 1795168800 },
    { "2026-11-20T10:00:00.999Z", 1795168800 },
    { "2026-11-20T10:00:00+00:00", 1795168800 },
    { "2026-11-20T15:30:00+05:30", 1795168800 },
    { "2026-11-20T02:00:00-08:00", 1795168800 },
    { "2016-12-31T23:59:60Z", 1483228800 },
    { "2000-02-29", 951782400 },
    { "2024-02-29", 1709164800 },
    { "2023-02-29", -1 },
    { "1900-02-29", -1 },
    { "2100-02-29", -1 },
    { "2026-04-31", -1 },
    { "2026-00-10", -1 },
    { "2026-13-10", -1 },
    { "2026-11-00", -1 },
    { "2026-11-32", -1 },
    { "2026-11-2", -1 },
    { "2026-11-200", -1 },
    { "26-11-20", -1 },
    { "2026/11/20", -1 },
    { "2026-11-20T", -1 },
    { "2026-11-20T10:00Z", -1 },
    { "2026-11-20T10:00:00", -1 },
    { "2026-11-20T24:00:00Z", -1 },
    { "2026-11-20T10:60:00Z", -1 },
    { "2026-11-20T10:00:61Z", -1 },
    { "2026-11-20T10:00:00.Z", -1 },
    { "2026-11-20T10:00:00+0530", -1 },
    { "2026-11-20T10:00:00+24:00", -1 },
    { "2026-11-20T10:00:00Zx", -1 },
    { "+026-11-20", -1 },
    { "", -1 },
    { "today", -1 },
    /* clang-format on */
};

static void test_parse_reads_dates_and_rfc_3339(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PARSE); i++) {
        g_autoptr(GError) err = NULL;
        int64_t got = -1;

        g_test_message("%s", PARSE[i].text);
        g_assert_cmpint(clock_parse(PARSE[i].text, &got, &err), ==, PARSE[i].want >= 0);
        g_assert_cmpint(got, ==, PARSE[i].want);
        if (PARSE[i].want < 0)
            g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

static void test_format_is_utc(void)
{
    static const struct {
        int64_t at;
        const char *want;
    } CASES[] = {
        { 0, "1970-01-01T00:00:00Z" },          { -1, "1969-12-31T23:59:59Z" },
        { 1795168800, "2026-11-20T10:00:00Z" }, { 951868799, "2000-02-29T23:59:59Z" },
        { 4107542400, "2100-03-01T00:00:00Z" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *got = clock_format(CASES[i].at);
        g_assert_cmpstr(got, ==, CASES[i].want);
    }
}

/* Walks every day of eight centuries, against the lengths of the months. */
static void test_calendar_agrees_with_itself_day_by_day(void)
{
    ClockDate date = { 1600, 1, 1 };
    int64_t at = clock_from_date(date);

    while (date.year < 2400) {
        ClockDate got = clock_date(at + CLOCK_DAY - 1);
        g_assert_cmpint(clock_from_date(date), ==, at);
        g_assert_true(got.year == date.year && got.month == date.month && got.day == date.day);

        at += CLOCK_DAY;
        if (++date.day > clock_days_in_month(date.year, date.month)) {
            date.day = 1;
            date.year += date.month == 12 ? 1 : 0;
            date.month = date.month % 12 + 1;
        }
    }
}

/* GLib's calendar is another hand's. */
static void test_calendar_agrees_with_glib(void)
{
    for (int64_t at = -5000000000; at < 10000000000; at += 98765433) {
        g_autoptr(GDateTime) other = g_date_time_new_from_unix_utc(at);
        g_autofree char *want = g_date_time_format(other, "%Y-%m-%dT%H:%M:%SZ");
        g_autofree char *got = clock_format(at);
        g_assert_cmpstr(got, ==, want);
    }
}

static void test_leap_years(void)
{
    g_assert_cmpint(clock_days_in_month(2024, 2), ==, 29);
    g_assert_cmpint(clock_days_in_month(2026, 2), ==, 28);
    g_assert_cmpint(clock_days_in_month(2000, 2), ==, 29);
    g_assert_cmpint(clock_days_in_month(2100, 2), ==, 28);
    g_assert_cmpint(clock_days_in_month(2026, 4), ==, 30);
    g_assert_cmpint(clock_days_in_month(2026, 12), ==, 31);
}

static void test_days_and_months_run_over(void)
{
    g_assert_cmpint(clock_from_date((ClockDate){ 2026, 13, 1 }), ==,
                    clock_from_date((ClockDate){ 2027, 1, 1 }));
    g_assert_cmpint(clock_from_date((ClockDate){ 2026, 2, 29 }), ==,
                    clock_from_date((ClockDate){ 2026, 3, 1 }));
    g_assert_cmpint(clock_from_date((ClockDate){ 2026, 0, 31 }), ==,
                    clock_from_date((ClockDate){ 2025, 12, 31 }));
}

static void test_system_clock_moves_with_the_system(void)
{
    g_autoptr(Clock) clock = clock_new(NULL, NULL);
    int64_t before = g_get_real_time() / 1000;
    int64_t now = clock_now_ms(clock);

    g_assert_cmpint(now, >=, before);
    g_assert_cmpint(now, <=, g_get_real_time() / 1000);
    g_assert_cmpint(clock_now(clock), >=, now / 1000);
}

static void test_never_is_later_than_any_time(void)
{
    g_assert_cmpint(clock_earlier(5, 7), ==, 5);
    g_assert_cmpint(clock_earlier(7, 5), ==, 5);
    g_assert_cmpint(clock_earlier(-1, 7), ==, 7);
    g_assert_cmpint(clock_earlier(7, -1), ==, 7);
    g_assert_cmpint(clock_earlier(-1, -1), ==, -1);
}

static void put(const Fixture *f, const char *text)
{
    g_assert_true(g_file_set_contents(f->path, text, -1, NULL));
}

static void test_test_clock_is_read_at_each_call(Fixture *f, const void *unused)
{
    put(f, "1000\n");
    g_autoptr(Clock) clock = clock_new(f->path, NULL);
    g_assert_cmpint(clock_now(clock), ==, 1000);
    put(f, "2026-11-20T10:00:00Z\n");
    g_assert_cmpint(clock_now(clock), ==, 1795168800);
    g_assert_cmpint(clock_now_ms(clock), ==, 1795168800000);
}

static void test_test_clock_keeps_its_time_without_its_file(Fixture *f, const void *unused)
{
    put(f, "1000");
    g_autoptr(Clock) clock = clock_new(f->path, NULL);
    put(f, "");
    g_assert_cmpint(clock_now(clock), ==, 1000);
    g_assert_cmpint(g_unlink(f->path), ==, 0);
    g_assert_cmpint(clock_now(clock), ==, 1000);
}

static void test_test_clock_must_be_there_at_the_start(Fixture *f, const void *unused)
{
    g_autoptr(GError) absent = NULL;
    g_autoptr(GError) empty = NULL;

    g_assert_null(clock_new(f->path, &absent));
    g_assert_error(absent, ERR_DOMAIN, ERR_NOT_FOUND);
    put(f, "soon");
    g_assert_null(clock_new(f->path, &empty));
    g_assert_error(empty, ERR_DOMAIN, ERR_INVALID);
}

static void add(const char *path, void (*test)(Fixture *, const void *))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/never", test_never_is_later_than_any_time);
    g_test_add_func("/clock/parse", test_parse_reads_dates_and_rfc_3339);
    g_test_add_func("/clock/format", test_format_is_utc);
    g_test_add_func("/clock/day-by-day", test_calendar_agrees_with_itself_day_by_day);
    g_test_add_func("/clock/glib", test_calendar_agrees_with_glib);
    g_test_add_func("/clock/leap-years", test_leap_years);
    g_test_add_func("/clock/run-over", test_days_and_months_run_over);
    g_test_add_func("/clock/system", test_system_clock_moves_with_the_system);
    add("/clock/test-file", test_test_clock_is_read_at_each_call);
    add("/clock/test-file-gone", test_test_clock_keeps_its_time_without_its_file);
    add("/clock/test-file-absent", test_test_clock_must_be_there_at_the_start);
    return g_test_run();
}
