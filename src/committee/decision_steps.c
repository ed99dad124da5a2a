#include "committee/decision_steps.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

bool decision_check_open(const Decision *decision, GError **err)
{
    if (decision->state == DECISION_OPEN)
        return true;
    g_autofree char *label = decision_label(decision->id);
    g_autofree char *closed = clock_format(decision->closed_at);
    return err_set(err, ERR_DENIED, "%s was closed at %s (%s)", label, closed,
                   decision->state_name);
}

bool decision_clean(const char *what, const char *text, size_t max_chars, char **ret_clean,
                    GError **err)
{
    if (!text_is_valid(text, strlen(text)))
        return err_set(err, ERR_INVALID, "%s is no UTF-8 text", what);
    g_autofree char *clean = text_clean(text, NULL);
    if (clean[0] == '\0')
        return err_set(err, ERR_INVALID, "%s is empty", what);
    if (g_utf8_strlen(clean, -1) > (glong) max_chars)
        return err_set(err, ERR_INVALID, "%s has more than %zu characters", what, max_chars);
    *ret_clean = g_steal_pointer(&clean);
    return true;
}

bool decision_journal(const Work *work, int64_t id, JournalEntry entry, GError **err)
{
    g_autofree char *label = decision_label(id);
    g_autofree char *details = g_strdup_printf("%s: %s", label, entry.details);
    entry.details = details;
    if (entry.actor == NULL)
        entry.actor = work->actor;
    return journal_add(work->db, &entry, work->now, err);
}

char *decision_option_name(int64_t position)
{
    return g_strdup_printf("option %" G_GINT64_FORMAT, position);
}
