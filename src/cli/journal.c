/* muster journal: who changed what. */
#include "store/journal.h"

#include "base/err.h"
#include "cli/groups.h"
#include "directory/contact.h"

/* Hands out the values too: whoever may read the store may read them. */
static bool row_record(Session *session, const JournalRow *row, json_t **ret_record,
                       GError **err)
{
    g_autoptr(GPtrArray) values = journal_values(session->db, row->seq, err);
    if (values == NULL)
        return false;

    json_t *personal = json_object();
    for (guint i = 0; i < values->len; i++) {
        const JournalRowValue *value = values->pdata[i];
        (void) json_object_set_new(personal, value->name,
                                   value->is_erased ? json_string("(erased)")
                                                    : output_string(value->value));
    }
    *ret_record = json_pack("{s:I, s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "seq", row->seq, "at",
                            output_time(row->at), "actor", row->actor, "action", row->action,
                            "tld", output_string(row->tld), "contact",
                            row->person_id != 0 ? json_integer(row->person_id) : json_null(),
                            "details", output_string(row->details), "values", personal);
    return true;
}

static void show_record(Output *output, const json_t *record)
{
    const char *tld = json_string_value(json_object_get(record, "tld"));
    const char *details = json_string_value(json_object_get(record, "details"));
    const json_t *contact = json_object_get(record, "contact");
    const char *name = NULL;
    json_t *value = NULL;
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_append_printf(line, "%" JSON_INTEGER_FORMAT "  %s  %s  %s",
                           json_integer_value(json_object_get(record, "seq")),
                           json_string_value(json_object_get(record, "at")),
                           json_string_value(json_object_get(record, "actor")),
                           json_string_value(json_object_get(record, "action")));
    if (tld != NULL)
        g_string_append_printf(line, "  .%s", tld);
    if (json_is_integer(contact))
        g_string_append_printf(line, "  contact %" JSON_INTEGER_FORMAT,
                               json_integer_value(contact));
    if (details != NULL)
        g_string_append_printf(line, "  %s", details);
    output_line(output, "%s", line->str);

    json_object_foreach(json_object_get(record, "values"), name, value) output_line(
        output, "      %s: %s", name, json_is_string(value) ? json_string_value(value) : "-");
}

/* Who left is no longer on file, but numbers still mean them. */
static bool read_contact(Session *session, const char *who, int64_t *ret_id, GError **err)
{
    return g_ascii_string_to_signed(who, 10, 1, G_MAXINT64, ret_id, NULL) ||
           contact_resolve(session->db, who, ret_id, err);
}

static bool read_filter(Session *session, const Args *args, Tld **ret_tld,
                        JournalFilter *filter, GError **err)
{
    if (args_has(args, "tld")) {
        if (!tld_parse(session->db, args_get(args, "tld"), ret_tld, err))
            return false;
        filter->tld = (*ret_tld)->a_label;
    }
    if (args_has(args, "since") && !clock_parse(args_get(args, "since"), &filter->since, err))
        return false;
    return !args_has(args, "contact") ||
           read_contact(session, args_get(args, "contact"), &filter->person_id, err);
}

static bool cmd_journal_show(Session *session, const Args *args, GError **err)
{
    JournalFilter filter = { .tld = NULL };
    g_autoptr(Tld) tld = NULL;
    if (!read_filter(session, args, &tld, &filter, err))
        return false;
    g_autoptr(DbCursor) cursor = journal_query(session->db, &filter, err);
    if (cursor == NULL)
        return false;

    json_t *rows = json_array();
    for (;;) {
        const void *row = NULL;
        json_t *record = NULL;
        if (!db_next(cursor, &row, err) ||
            (row != NULL && !row_record(session, row, &record, err))) {
            json_decref(rows);
            return false;
        }
        if (row == NULL)
            break;
        show_record(session->output, record);
        if (output_is_json(session->output))
            (void) json_array_append_new(rows, record);
        else
            json_decref(record);
    }
    output_document(session->output, rows);
    return true;
}

static bool cmd_journal_verify(Session *session, const Args *args, GError **err)
{
    g_auto(JournalVerdict) verdict = { 0 };
    if (!journal_verify(session->db, &verdict, err))
        return false;

    output_document(session->output,
                    json_pack("{s:b, s:I, s:o, s:o}", "intact", verdict.broken == NULL, "rows",
                              verdict.rows, "head", output_string(verdict.head), "broken",
                              output_string(verdict.broken)));
    if (verdict.broken != NULL)
        return err_set(err, ERR_INTERNAL,
                       "the journal is broken at %s; %" G_GINT64_FORMAT
                       " rows before are right",
                       verdict.broken, verdict.rows);
    output_line(session->output, "The journal is intact: %" G_GINT64_FORMAT " rows.",
                verdict.rows);
    output_line(session->output, "Head: %s", verdict.head);
    return true;
}

static const Command COMMANDS[] = {
    { "journal show [--tld=<tld>] [--contact=<who>] [--since=<time>]", cmd_journal_show,
      COMMAND_STORE, "show the changes, oldest first, with who made them" },
    { "journal verify", cmd_journal_verify, COMMAND_STORE,
      "walk the hash chain and name the first broken row" },
};

const CommandGroup CLI_JOURNAL = COMMAND_GROUP(COMMANDS);
