#include "membership/invitation_schedule.h"

#include <glib.h>

#include "base/clock.h"

/* Days after the invitation on which its reminders go out. */
static const int64_t REMINDER_DAYS[] = { 14, 30, 60 };

size_t invitation_reminders(void)
{
    return G_N_ELEMENTS(REMINDER_DAYS);
}

static int64_t gap(size_t reminder)
{
    int64_t before = reminder > 0 ? REMINDER_DAYS[reminder - 1] : 0;
    return (REMINDER_DAYS[reminder] - before) * CLOCK_DAY;
}

int64_t invitation_next_due(int64_t mails, int64_t last_at)
{
    g_assert(mails > 0);
    if (mails > (int64_t) G_N_ELEMENTS(REMINDER_DAYS))
        return -1;
    return last_at + gap((size_t) mails - 1);
}

int64_t invitation_longest_gap(void)
{
    int64_t longest = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(REMINDER_DAYS); i++)
        longest = MAX(longest, gap(i));
    return longest;
}
