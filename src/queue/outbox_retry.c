#include "queue/outbox_retry.h"

/* Seconds to the next attempt after the first, the second ... one; the last stays. Where the
 * relay did not say no, but the connection broke, the table begins with a shorter one. */
static const int64_t RETRY_GAPS[] = { 5, 60, 300, 900, 1800, 3600, 7200, 14400, 21600 };

int64_t outbox_retry_gap(OutboxOutcome outcome, int64_t attempts)
{
    bool broke = outcome == OUTBOX_LOST || outcome == OUTBOX_UNCERTAIN;
    size_t place = (size_t) attempts - (broke ? 1 : 0);
    g_assert(attempts >= 1);
    return RETRY_GAPS[MIN(place, G_N_ELEMENTS(RETRY_GAPS) - 1)];
}

char *outbox_undo_lead_sql(void)
{
    GString *sql = g_string_new("UPDATE delivery SET due_at = $1 WHERE state = 'waiting'"
                                " AND due_at > $1 + CASE attempts WHEN 0 THEN 0");
    for (size_t i = 1; i < G_N_ELEMENTS(RETRY_GAPS); i++)
        g_string_append_printf(sql, " WHEN %zu THEN %" G_GINT64_FORMAT, i, RETRY_GAPS[i]);
    g_string_append_printf(sql, " ELSE %" G_GINT64_FORMAT " END",
                           RETRY_GAPS[G_N_ELEMENTS(RETRY_GAPS) - 1]);
    return g_string_free(sql, FALSE);
}
