#include "membership/invitation_schedule.h"

#include "base/clock.h"

static int64_t at(const char *text)
{
    int64_t seconds = 0;
    g_assert_true(clock_parse(text, &seconds, NULL));
    return seconds;
}

/* Mails that went out, when the last did, and when the next is due. */
static const struct {
    int64_t mails;
    const char *last;
    const char *want; /* NULL: none follows */
} CASES[] = {
    { 1, "2026-11-20T10:11:12Z", "2026-12-04T10:11:12Z" },
    { 2, "2026-12-04T10:11:12Z", "2026-12-20T10:11:12Z" },
    { 3, "2026-12-20T10:11:12Z", "2027-01-19T10:11:12Z" },
    { 4, "2027-01-19T10:11:12Z", NULL },
    { 40, "2027-01-19T10:11:12Z", NULL },
    { 1, "2027-02-14T23:59:59Z", "2027-02-28T23:59:59Z" }, /* over the ends of months */
    { 1, "2027-02-15T00:00:00Z", "2027-03-01T00:00:00Z" },
    { 1, "2028-02-15T00:00:00Z", "2028-02-29T00:00:00Z" },
    { 3, "2028-01-31T23:00:00Z", "2028-03-01T23:00:00Z" },
    { 2, "2026-12-31T23:59:59Z", "2027-01-16T23:59:59Z" },
    { 2, "2027-03-01T00:00:00Z",
      "2027-03-17T00:00:00Z" }, /* one that was held up moves the next */
};

static void test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%" G_GINT64_FORMAT " %s", CASES[i].mails, CASES[i].last);
        int64_t want = CASES[i].want != NULL ? at(CASES[i].want) : -1;
        g_assert_cmpint(invitation_next_due(CASES[i].mails, at(CASES[i].last)), ==, want);
    }
}

static void test_reminders_on_time_come_on_the_days_of_the_table(void)
{
    static const int64_t DAYS[] = { 14, 30, 60 };
    int64_t first = at("2026-01-31T12:00:00Z");
    int64_t last = first;
    g_assert_cmpuint(invitation_reminders(), ==, G_N_ELEMENTS(DAYS));
    for (size_t i = 0; i < G_N_ELEMENTS(DAYS); i++) {
        last = invitation_next_due((int64_t) i + 1, last);
        g_assert_cmpint(last, ==, first + DAYS[i] * CLOCK_DAY);
    }
    g_assert_cmpint(invitation_longest_gap(), ==, 30 * CLOCK_DAY);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/invitation-schedule/cases", test_cases);
    g_test_add_func("/invitation-schedule/on-time",
                    test_reminders_on_time_come_on_the_days_of_the_table);
    return g_test_run();
}
