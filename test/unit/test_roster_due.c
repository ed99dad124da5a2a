#include "directory/roster_due.h"

#include <glib.h>
#include <stdbool.h>

#include "base/clock.h"

#define DAY(n)  (INT64_C(1) << (n))
#define TWICE   (DAY(1) | DAY(15))
#define MONTHLY DAY(31) /* the last day of each month */

static int64_t at(const char *text)
{
    g_autoptr(GError) err = NULL;
    int64_t seconds = 0;
    clock_parse(text, &seconds, &err);
    g_assert_no_error(err);
    return seconds;
}

static const struct {
    int64_t days;
    int64_t hour;
    const char *now;
    const char *last;
    const char *next;
} CASES[] = {
    /* clang-format off */
    { TWICE, 6, "2026-11-20T10:00:00Z", "2026-11-15T06:00:00Z", "2026-12-01T06:00:00Z" },
    { TWICE, 6, "2026-12-01T05:59:59Z", "2026-11-15T06:00:00Z", "2026-12-01T06:00:00Z" },
    { TWICE, 6, "2026-12-01T06:00:00Z", "2026-12-01T06:00:00Z", "2026-12-15T06:00:00Z" },
    { TWICE, 6, "2026-12-31T23:59:59Z", "2026-12-15T06:00:00Z", "2027-01-01T06:00:00Z" },
    { TWICE, 0, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-01-15T00:00:00Z" },
    /* A day that a month does not have is its last one. */
    { MONTHLY, 6, "2026-11-20T00:00:00Z", "2026-10-31T06:00:00Z", "2026-11-30T06:00:00Z" },
    { MONTHLY, 6, "2027-02-27T00:00:00Z", "2027-01-31T06:00:00Z", "2027-02-28T06:00:00Z" },
    { MONTHLY, 6, "2028-02-28T12:00:00Z", "2028-01-31T06:00:00Z", "2028-02-29T06:00:00Z" },
    { DAY(30), 6, "2027-03-01T00:00:00Z", "2027-02-28T06:00:00Z", "2027-03-30T06:00:00Z" },
    { DAY(29) | DAY(30) | DAY(31), 6, "2027-02-28T06:00:00Z", "2027-02-28T06:00:00Z", "2027-03-29T06:00:00Z" },
    { DAY(30), 6, "2026-12-31T00:00:00Z", "2026-12-30T06:00:00Z", "2027-01-30T06:00:00Z" },
    { DAY(28), 23, "2026-03-01T00:00:00Z", "2026-02-28T23:00:00Z", "2026-03-28T23:00:00Z" },
    /* Every day */
    { 0xfffffffe, 6, "2026-11-20T05:00:00Z", "2026-11-19T06:00:00Z", "2026-11-20T06:00:00Z" },
    /* clang-format on */
};

static void test_due_days(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        int64_t now = at(CASES[i].now);
        g_autofree char *last = clock_format(
            roster_due_last(CASES[i].days, CASES[i].hour, now));
        g_autofree char *next = clock_format(
            roster_due_next(CASES[i].days, CASES[i].hour, now));
        g_test_message("%s", CASES[i].now);
        g_assert_cmpstr(last, ==, CASES[i].last);
        g_assert_cmpstr(next, ==, CASES[i].next);
    }
}

static void test_no_days_are_never_due(void)
{
    g_assert_cmpint(roster_due_last(0, 6, 1790000000), ==, -1);
    g_assert_cmpint(roster_due_next(0, 6, 1790000000), ==, -1);
}

/* Over four years each day of the month is found once a month, and last and next meet. */
static void test_the_next_is_the_last_when_it_has_come(void)
{
    for (int day = 1; day <= 31; day++) {
        int64_t now = at("2026-01-01");
        int count = 0;
        while (now < at("2030-01-01")) {
            int64_t next = roster_due_next(DAY(day), 6, now);
            g_assert_cmpint(next, >, now);
            g_assert_cmpint(roster_due_last(DAY(day), 6, next), ==, next);
            g_assert_cmpint(roster_due_last(DAY(day), 6, next - 1), <, next);
            now = next;
            count++;
        }
        g_assert_cmpint(count, ==, 49);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/roster_due/days", test_due_days);
    g_test_add_func("/roster_due/no_days", test_no_days_are_never_due);
    g_test_add_func("/roster_due/each_month", test_the_next_is_the_last_when_it_has_come);
    return g_test_run();
}
