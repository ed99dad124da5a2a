#include "directory/edit.h"

void edit_notice(const Edit *edit, const char *format, ...)
{
    if (edit->notices == NULL)
        return;

    va_list args;
    va_start(args, format);
    g_ptr_array_add(edit->notices, g_strdup_vprintf(format, args));
    va_end(args);
}

bool edit_run(Db *db, const Edit *edit, const char *sql, DbArgs args, GError **err)
{
    if (edit->bulk == NULL)
        return db_run(db, sql, args, NULL, err);
    bulk_run(edit->bulk, sql, args);
    return true;
}

bool edit_journal(Db *db, const Edit *edit, const char *action, const char *tld,
                  int64_t person_id, const char *details, const JournalValue *values,
                  size_t n_values, GError **err)
{
    const JournalEntry entry = {
        .actor = edit->actor,
        .action = action,
        .tld = tld,
        .person_id = person_id,
        .details = details,
        .values = values,
        .n_values = n_values,
    };
    if (edit->journal == NULL)
        return journal_add(db, &entry, edit->now, err);
    journal_batch_add(edit->journal, &entry, edit->now);
    return true;
}
