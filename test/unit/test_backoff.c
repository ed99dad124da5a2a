#include "daemon/backoff.h"

#include <glib.h>

static const Backoff FRESH = { 100, 30000, 60000, 0 };

static void test_gaps_double_to_a_bound(void)
{
    static const int64_t WANT[] = { 100,  200,   400,   800,   1600, 3200,
                                    6400, 12800, 25600, 30000, 30000 };
    Backoff backoff = FRESH;
    for (size_t i = 0; i < G_N_ELEMENTS(WANT); i++)
        g_assert_cmpint(backoff_next(&backoff, 0), ==, WANT[i]);
}

static void test_what_was_stable_starts_from_the_first_gap(void)
{
    Backoff backoff = FRESH;
    (void) backoff_next(&backoff, 0);
    (void) backoff_next(&backoff, 59999);
    g_assert_cmpint(backoff.gap_ms, ==, 200);
    g_assert_cmpint(backoff_next(&backoff, 60000), ==, 100);
    g_assert_cmpint(backoff_next(&backoff, 0), ==, 200);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backoff/gaps-double-to-a-bound", test_gaps_double_to_a_bound);
    g_test_add_func("/backoff/what-was-stable-starts-from-the-first-gap",
                    test_what_was_stable_starts_from_the_first_gap);
    return g_test_run();
}
