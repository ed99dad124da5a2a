/* muster import: lists of contacts from elsewhere. */
#include "directory/import.h"

#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/groups.h"
#include "cli/records.h"
#include "directory/csv.h"
#include "directory/mailman.h"

/* Reads the text of a file into what it says, by the configuration. */
typedef bool (*ReadFunc)(const Config *config, const char *bytes, size_t size,
                         ImportFile *ret_file, GError **err);

static bool read_csv(const Config *config, const char *bytes, size_t size, ImportFile *ret_file,
                     GError **err)
{
    return csv_read(bytes, size, ret_file, err);
}

static bool read_mailman2(const Config *config, const char *bytes, size_t size,
                          ImportFile *ret_file, GError **err)
{
    g_autoptr(NamePattern) pattern = name_pattern_new(config->import_name_pattern, err);
    return pattern != NULL && mailman2_read(bytes, size, pattern, ret_file, err);
}

static bool read_mailman3(const Config *config, const char *bytes, size_t size,
                          ImportFile *ret_file, GError **err)
{
    g_autoptr(NamePattern) pattern = name_pattern_new(config->import_name_pattern, err);
    return pattern != NULL && mailman3_read(bytes, size, pattern, ret_file, err);
}

/* Reads one byte more than is allowed, so that the reader can refuse what is too large. */
static bool read_stream(FILE *stream, GString *text, GError **err)
{
    char block[65536];
    size_t size = 0;

    while (text->len <= IMPORT_SIZE_MAX && (size = fread(block, 1, sizeof block, stream)) > 0)
        g_string_append_len(text, block, (gssize) size);
    return ferror(stream) == 0 || err_set(err, ERR_TEMPORARY, "could not read the file");
}

/* "-" is standard input. */
static bool read_file(const char *name, GString *text, GError **err)
{
    if (g_str_equal(name, "-"))
        return read_stream(stdin, text, err);

    FILE *stream = fopen(name, "re");
    if (stream == NULL)
        return err_set(err, ERR_NOT_FOUND, "could not open \"%s\"", name);
    bool is_read = read_stream(stream, text, err);
    (void) fclose(stream);
    return is_read;
}

static void show_step(Output *output, const ImportStep *step)
{
    output_line(
        output, "%6" G_GINT64_FORMAT "  %-14s  %s%s%s%s <%s>%s%s", step->number,
        import_action_name(step->action), step->tld != NULL && *step->tld != '.' ? "." : "",
        step->tld != NULL ? step->tld : "?", step->name != NULL ? " " : "",
        step->name != NULL ? step->name : "", step->primary != NULL ? step->primary : "",
        step->reason != NULL ? ": " : "", step->reason != NULL ? step->reason : "");
    for (guint i = 0; i < step->notices->len; i++)
        output_line(output, "        note: %s", (char *) step->notices->pdata[i]);
}

static json_t *texts(const GPtrArray *list)
{
    json_t *rows = json_array();
    for (guint i = 0; i < list->len; i++)
        (void) json_array_append_new(rows, output_string(list->pdata[i]));
    return rows;
}

static json_t *step_record(const ImportStep *step)
{
    return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "line", step->number, "action",
                     import_action_name(step->action), "tld", output_string(step->tld), "name",
                     output_string(step->name), "primary", output_string(step->primary),
                     "reason", output_string(step->reason), "notices", texts(step->notices));
}

static void show_counts(Output *output, const ImportPlan *plan)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < IMPORT_ACTIONS; i++)
        if (plan->counts[i] > 0)
            g_string_append_printf(text, "%s%" G_GINT64_FORMAT " %s", text->len > 0 ? ", " : "",
                                   plan->counts[i], import_action_name((ImportAction) i));
    output_line(output, "%u lines%s%s.", plan->steps->len, text->len > 0 ? ": " : "",
                text->str);
}

static void show_plan(Output *output, const ImportFile *file, const ImportPlan *plan)
{
    for (guint i = 0; i < file->notices->len; i++)
        output_line(output, "Note: %s.", (char *) file->notices->pdata[i]);
    for (guint i = 0; i < plan->steps->len; i++)
        show_step(output, plan->steps->pdata[i]);
    show_counts(output, plan);
}

static json_t *plan_record(const ImportFile *file, const ImportPlan *plan)
{
    json_t *lines = json_array();
    json_t *counts = json_object();

    for (guint i = 0; i < plan->steps->len; i++)
        (void) json_array_append_new(lines, step_record(plan->steps->pdata[i]));
    for (int i = 0; i < IMPORT_ACTIONS; i++)
        (void) json_object_set_new(counts, import_action_name((ImportAction) i),
                                   json_integer(plan->counts[i]));
    return json_pack("{s:b, s:o, s:o, s:o}", "done", plan->is_done, "counts", counts, "lines",
                     lines, "notices", texts(file->notices));
}

/* A person at a terminal sees the plan before it happens. */
static bool ask(Output *output)
{
    char answer[16] = "";
    output_line(output, "Import this? Type y for yes:");
    return fgets(answer, sizeof answer, stdin) != NULL && g_ascii_tolower(answer[0]) == 'y';
}

static bool is_interactive(const Session *session)
{
    return !output_is_json(session->output) && output_is_terminal(session->output) &&
           isatty(STDIN_FILENO) == 1;
}

/* Whether the mode is to be run now that the plan is known. */
static bool is_wanted(Session *session, const ImportPlan *plan, ImportMode mode)
{
    bool has_bad = plan->counts[IMPORT_REFUSED] > 0;
    return mode != IMPORT_TRY && (!has_bad || mode == IMPORT_SKIP_BAD) && ask(session->output);
}

static bool run_plan(Session *session, const ImportFile *file, ImportMode mode,
                     ImportPlan *plan, GError **err)
{
    const Edit edit = record_edit(session, NULL);

    if (!is_interactive(session)) {
        if (!import_run(session->db, &edit, file, mode, plan, err))
            return false;
        show_plan(session->output, file, plan);
        return true;
    }
    if (!import_run(session->db, &edit, file, IMPORT_TRY, plan, err))
        return false;
    show_plan(session->output, file, plan);
    if (!is_wanted(session, plan, mode))
        return true;
    import_plan_clear(plan);
    return import_run(session->db, &edit, file, mode, plan, err);
}

static bool report(Session *session, const ImportFile *file, const ImportPlan *plan,
                   ImportMode mode, GError **err)
{
    int64_t refused = plan->counts[IMPORT_REFUSED];

    output_line(session->output, plan->is_done ? "Imported." : "Nothing was imported.");
    if (output_is_json(session->output)) /* a record for each line takes its time */
        output_document(session->output, plan_record(file, plan));
    if (refused == 0 || plan->is_done)
        return true;
    return err_set(err, ERR_INVALID,
                   "%" G_GINT64_FORMAT " of %u lines cannot be imported: mend them, or leave "
                   "them out with --skip-bad",
                   refused, plan->steps->len);
}

static bool import_file(Session *session, const Args *args, ReadFunc read_lines, GError **err)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(ImportFile) file = { 0 };
    g_auto(ImportPlan) plan = { 0 };
    ImportMode mode = args_has(args, "dry-run")    ? IMPORT_TRY
                      : args_has(args, "skip-bad") ? IMPORT_SKIP_BAD
                                                   : IMPORT_ALL;

    return read_file(args_get(args, "file"), text, err) &&
           read_lines(session->config, text->str, text->len, &file, err) &&
           run_plan(session, &file, mode, &plan, err) &&
           report(session, &file, &plan, mode, err);
}

static bool cmd_import_csv(Session *session, const Args *args, GError **err)
{
    return import_file(session, args, read_csv, err);
}

static bool cmd_import_mailman2(Session *session, const Args *args, GError **err)
{
    return import_file(session, args, read_mailman2, err);
}

static bool cmd_import_mailman3(Session *session, const Args *args, GError **err)
{
    return import_file(session, args, read_mailman3, err);
}

static const Command COMMANDS[] = {
    { "import csv <file> [--dry-run] [--skip-bad]", cmd_import_csv, COMMAND_STORE,
      "take contacts from a table with a heading line" },
    { "import mailman2 <file> [--dry-run] [--skip-bad]", cmd_import_mailman2, COMMAND_STORE,
      "take contacts from what \"list_members -f\" of Mailman 2 prints" },
    { "import mailman3 <file> [--dry-run] [--skip-bad]", cmd_import_mailman3, COMMAND_STORE,
      "take contacts from what \"mailman members\" of Mailman 3 prints" },
};

const CommandGroup CLI_IMPORT = COMMAND_GROUP(COMMANDS);
