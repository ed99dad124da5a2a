/* muster authority: what IANA publishes of each TLD, what changed there, and our contacts
 * beside it. */
#include "membership/authority.h"

#include "base/err.h"
#include "cli/authority_show.h"
#include "cli/groups.h"
#include "cli/progress.h"
#include "membership/authority_change.h"
#include "membership/authority_sync.h"

/* Asking */

typedef struct {
    json_t *rows;
    ProgressLine *progress;
    unsigned outcomes[AUTHORITY_CHANGED + 1];
    unsigned in_doubt;
} SyncReport;

static json_t *title_array(const GPtrArray *titles)
{
    json_t *array = json_array();
    for (guint i = 0; i < titles->len; i++)
        (void) json_array_append_new(array, json_string(titles->pdata[i]));
    return array;
}

static void report_step(void *data, const SyncStep *step)
{
    SyncReport *report = data;
    const AuthorityTaken *taken = step->taken;
    json_t *row = json_pack("{s:s, s:s, s:b, s:o}", "tld", step->tld, "outcome",
                            authority_outcome_text(taken->outcome), "in_doubt",
                            taken->is_in_doubt, "changes", title_array(taken->changes));
    for (size_t i = 0; i < IANA_SOURCES; i++)
        (void) json_object_set_new(
            row, iana_source_key((IanaSource) i),
            output_string(taken->failures[i] != NULL ? taken->failures[i] : "read"));
    (void) json_array_append_new(report->rows, row);
    report->outcomes[taken->outcome]++;
    report->in_doubt += taken->is_in_doubt ? 1 : 0;
    progress_line_show(report->progress, "asking IANA: .%s, %zu of %zu TLDs", step->tld,
                       step->place, step->count);
}

/* Whether a person should read a row: all did not go as it usually does. */
static bool is_news(const json_t *row)
{
    static const char *const READ = "read";
    const char *outcome = json_string_value(json_object_get(row, "outcome"));
    if (!g_str_equal(outcome, "same") && !g_str_equal(outcome, "new"))
        return true;
    for (size_t i = 0; i < IANA_SOURCES; i++) {
        const char *said = json_string_value(
            json_object_get(row, iana_source_key((IanaSource) i)));
        if (g_strcmp0(said, READ) != 0)
            return true;
    }
    return json_is_true(json_object_get(row, "in_doubt"));
}

static void show_report(Session *session, const SyncReport *report)
{
    static const OutputColumn COLUMNS[] = {
        { "tld", "TLD" },           { "outcome", "outcome" }, { "changes", "changed" },
        { "in_doubt", "in doubt" }, { "whois", "WHOIS" },     { "rdap", "RDAP" },
    };
    json_t *news = json_array();
    for (size_t i = 0; i < json_array_size(report->rows); i++) {
        if (is_news(json_array_get(report->rows, i)))
            (void) json_array_append(news, json_array_get(report->rows, i));
    }
    output_rows(session->output, news, COLUMNS, G_N_ELEMENTS(COLUMNS));
    json_decref(news);
    output_line(
        session->output,
        "TLDs asked about: %zu; the same: %u, new: %u, changed: %u, failed: %u; with an "
        "address in doubt: %u.",
        json_array_size(report->rows), report->outcomes[AUTHORITY_SAME],
        report->outcomes[AUTHORITY_NEW], report->outcomes[AUTHORITY_CHANGED],
        report->outcomes[AUTHORITY_FAILED], report->in_doubt);
}

static GPtrArray *parse_tlds(Session *session, const GPtrArray *names, GError **err)
{
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(Tld) tld = NULL;
        if (!tld_parse(session->db, names->pdata[i], &tld, err))
            return NULL;
        g_ptr_array_add(labels, g_steal_pointer(&tld->a_label));
    }
    return g_steal_pointer(&labels);
}

static bool run_sync(Session *session, const GPtrArray *names, SyncReport *report, GError **err)
{
    const SyncContext context = {
        .db = session->db,
        .config = session->config,
        .clock = session->clock,
        .actor = session->actor,
        .stop = -1,
        .report = report_step,
        .data = report,
    };
    if (names->len == 0)
        return authority_sync_run(&context, true, err);
    g_autoptr(GPtrArray) labels = parse_tlds(session, names, err);
    return labels != NULL && authority_sync(&context, labels, err);
}

static bool cmd_authority_sync(Session *session, const Args *args, GError **err)
{
    g_auto(ProgressLine) progress = progress_line(session);
    SyncReport report = { .rows = json_array(), .progress = &progress };
    g_autoptr(GError) failure = NULL;
    bool is_done = run_sync(session, args_list(args, "tld"), &report, &failure);

    progress_line_clear(&progress);
    if (is_done || json_array_size(report.rows) > 0)
        show_report(session, &report);
    output_document(session->output, report.rows);
    if (!is_done) {
        g_propagate_error(err, g_steal_pointer(&failure));
        return false;
    }
    return report.outcomes[AUTHORITY_FAILED] == 0 ||
           err_set(
               err, ERR_TEMPORARY,
               "%u TLDs gave no answer that could be read; what is on file of them stays as "
               "it was",
               report.outcomes[AUTHORITY_FAILED]);
}

/* Changes */

static json_t *change_record(const AuthorityChange *change)
{
    const IanaField *field = iana_field_find(change->field);
    return json_pack("{s:s, s:s, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "tld", change->tld,
                     "u_label", change->u_label, "at", output_time(change->at), "field",
                     field != NULL ? field->title : change->field, "weighty",
                     change->is_weighty, "old", output_string(change->old_value), "new",
                     output_string(change->new_value), "seen", output_time(change->seen_at),
                     "seen_by", output_string(change->seen_by));
}

static bool cmd_authority_changes(Session *session, const Args *args, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "u_label", "TLD" },     { "at", "found" }, { "field", "field" },
        { "old", "old" },         { "new", "new" },  { "weighty", "weighty" },
        { "seen_by", "seen by" },
    };
    g_autoptr(Tld) tld = NULL;
    if (args_has(args, "tld") && !tld_parse(session->db, args_get(args, "tld"), &tld, err))
        return false;
    g_autoptr(GPtrArray) changes = authority_changes(
        session->db, tld != NULL ? tld->a_label : NULL, !args_has(args, "all"), err);
    if (changes == NULL)
        return false;

    json_t *rows = json_array();
    for (guint i = 0; i < changes->len; i++)
        (void) json_array_append_new(rows, change_record(changes->pdata[i]));
    if (changes->len == 0)
        output_line(session->output, "Nothing changed that was not seen.");
    output_table(session->output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    return true;
}

static bool cmd_authority_seen(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) labels = parse_tlds(session, args_list(args, "tld"), err);
    if (labels == NULL)
        return false;
    json_t *rows = json_array();
    for (guint i = 0; i < labels->len; i++) {
        int64_t count = 0;
        if (!authority_see(session->db, session->actor, labels->pdata[i],
                           clock_now(session->clock), &count, err)) {
            json_decref(rows);
            return false;
        }
        output_line(session->output, ".%s: %" G_GINT64_FORMAT " changes marked as seen.",
                    (const char *) labels->pdata[i], count);
        (void) json_array_append_new(
            rows,
            json_pack("{s:s, s:I}", "tld", (const char *) labels->pdata[i], "changes", count));
    }
    output_document(session->output, rows);
    return true;
}

static bool parse_source(const char *text, IanaSource *ret_source, GError **err)
{
    for (size_t i = 0; i < IANA_SOURCES; i++) {
        if (g_ascii_strcasecmp(text, iana_source_key((IanaSource) i)) == 0) {
            *ret_source = (IanaSource) i;
            return true;
        }
    }
    return err_set(err, ERR_INVALID, "\"%s\" is neither whois nor rdap", text);
}

static bool cmd_authority_accept(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    IanaSource source = IANA_WHOIS;
    return tld_parse(session->db, args_get(args, "tld"), &tld, err) &&
           parse_source(args_get(args, "from"), &source, err) &&
           authority_accept(session->db, session->actor, tld->a_label, source,
                            clock_now(session->clock), err) &&
           authority_show(session, tld, err);
}

static const Command COMMANDS[] = {
    { "authority sync [<tld>...]", cmd_authority_sync, COMMAND_STORE,
      "ask IANA about some TLDs or all, and put on file what it says" },
    { "authority show <tld>", cmd_authority_show, COMMAND_STORE,
      "show what IANA publishes of a TLD, and where confirmations go" },
    { "authority compare <tld>", cmd_authority_compare, COMMAND_STORE,
      "show our contacts of a TLD beside those at IANA" },
    { "authority changes [<tld>] [--all]", cmd_authority_changes, COMMAND_STORE,
      "list what changed at IANA and was not seen yet, or all that changed" },
    { "authority seen <tld>...", cmd_authority_seen, COMMAND_STORE,
      "note that the secretariat has seen what changed" },
    { "authority accept <tld> --from=<source>", cmd_authority_accept, COMMAND_STORE,
      "believe the e-mail addresses that one source (whois, rdap) publishes" },
};

const CommandGroup CLI_AUTHORITY = COMMAND_GROUP(COMMANDS);
