/* muster store: its version, backups of it, and moving it elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/groups.h"
#include "cli/progress.h"
#include "directory/tld.h"
#include "queue/node.h"
#include "queue/outbox.h"
#include "store/backup.h"
#include "store/migrate.h"
#include "store/transfer.h"

/* Roles of an older program would go on with a store that they no longer know. They end by
 * themselves at their next sign of life; whoever wants that says so. */
static bool check_older_nodes(Db *db, int64_t now, GError **err)
{
    guint place = 0;
    g_autoptr(GPtrArray) nodes = node_list(db, err);
    if (nodes == NULL)
        return false;
    const Node *node = node_next_older(nodes, &place, now);
    return node == NULL ||
           err_set(err, ERR_UNFIT,
                   "the %s on %s (process %" G_GINT64_FORMAT
                   ") runs muster %s, which is older: end all roles first, or add --force, "
                   "and they end by themselves",
                   node->role, node->host, node->pid, node->version);
}

static bool cmd_store_upgrade(Session *session, const Args *args, GError **err)
{
    g_autoptr(Db) db = NULL;
    int64_t before = 0;
    int64_t now = clock_now(session->clock);
    bool may_disturb = args_has(args, "force");
    if (!db_open(session->config->store_url, session->config->directory, false, &db, err) ||
        !migrate_version(db, &before, err) ||
        (before > 0 && !may_disturb && !check_older_nodes(db, now, err)) ||
        !migrate_upgrade(db, session->share, now, err) || !tld_install(db, session->share, err))
        return false;

    output_line(session->output,
                before == STORE_VERSION ? "The store has version %d already."
                                        : "The store now has version %d.",
                STORE_VERSION);
    output_document(session->output,
                    json_pack("{s:I, s:i}", "before", before, "version", STORE_VERSION));
    return true;
}

/* What was backed up, restored or copied, and how long it took. */
typedef struct {
    const GPtrArray *contents; /* TableContents * */
    const JournalVerdict *journal;
    double seconds;
} Moved;

static double seconds_since(int64_t start)
{
    return (double) (g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

static json_t *table_records(const GPtrArray *contents)
{
    json_t *rows = json_array();
    for (guint i = 0; i < contents->len; i++) {
        const TableContents *table = contents->pdata[i];
        g_autofree char *digest = digest_text(table->digest);
        (void) json_array_append_new(rows, json_pack("{s:s, s:I, s:s}", "table", table->name,
                                                     "rows", table->rows, "digest", digest));
    }
    return rows;
}

static json_t *moved_record(const Moved *moved)
{
    const JournalVerdict *journal = moved->journal;
    return json_pack("{s:I, s:o, s:f, s:{s:b, s:I, s:o, s:o}}", "rows",
                     contents_rows(moved->contents), "tables", table_records(moved->contents),
                     "seconds", moved->seconds, "journal", "intact", journal->broken == NULL,
                     "rows", journal->rows, "head", output_string(journal->head), "broken",
                     output_string(journal->broken));
}

static void show_moved(Output *output, const char *what, const Moved *moved)
{
    output_line(output, "%s %" G_GINT64_FORMAT " rows of %u tables in %.1f s.", what,
                contents_rows(moved->contents), moved->contents->len, moved->seconds);
    if (moved->journal->broken != NULL)
        return;
    output_line(output, "The journal is intact: %" G_GINT64_FORMAT " rows.",
                moved->journal->rows);
    output_line(output, "Head: %s", moved->journal->head);
}

/* Backup */

static json_t *left_out(const Config *config)
{
    json_t *files = json_array();
    (void) json_array_append_new(files, output_string(config->file));
    (void) json_array_append_new(files, output_string(config->secret_file));
    if (config->smtp_password_file != NULL)
        (void) json_array_append_new(files, output_string(config->smtp_password_file));
    if (config->sms_password_file != NULL)
        (void) json_array_append_new(files, output_string(config->sms_password_file));
    return files;
}

static void show_backup(const Session *session, const char *file, const Backup *backup,
                        const Moved *moved)
{
    g_autofree char *what = g_strdup_printf("Backed up to %s (%.1f MB):", file,
                                            (double) backup->size / 1e6);
    json_t *files = left_out(session->config);
    show_moved(session->output, what, moved);
    output_line(session->output, "Not in it, so keep copies elsewhere:");
    for (size_t i = 0; i < json_array_size(files); i++)
        output_line(session->output, "  %s", json_string_value(json_array_get(files, i)));

    json_t *record = moved_record(moved);
    (void) json_object_set_new(record, "file", output_string(file));
    (void) json_object_set_new(record, "bytes", json_integer(backup->size));
    (void) json_object_set_new(record, "left_out", files);
    output_document(session->output, record);
}

/* A store whose journal is broken needs a backup more than others, and its keeper to know. */
static bool cmd_store_backup(Session *session, const Args *args, GError **err)
{
    g_auto(ProgressLine) line = progress_line(session);
    const Progress progress = progress_on(&line);
    g_autofree char *file = g_canonicalize_filename(args_get(args, "file"), NULL);
    int64_t start = g_get_monotonic_time();
    g_autoptr(Backup) backup = backup_write(session->db, file, session->share,
                                            clock_now(session->clock), &progress, err);
    progress_line_clear(&line);
    if (backup == NULL)
        return false;

    const Moved moved = { backup->contents, &backup->journal, seconds_since(start) };
    show_backup(session, file, backup, &moved);
    return backup->journal.broken == NULL ||
           err_set(err, ERR_INTERNAL,
                   "the backup was made, but the journal of the store is broken at %s",
                   backup->journal.broken);
}

/* Restore and copy */

static bool open_or_make(const char *url, const char *directory, Db **ret_db, GError **err)
{
    g_autoptr(GError) problem = NULL;
    if (db_open(url, directory, false, ret_db, &problem))
        return true;
    if (err_is(problem, ERR_NOT_FOUND))
        return db_open(url, directory, true, ret_db, err);
    g_propagate_error(err, g_steal_pointer(&problem));
    return false;
}

static const Node *find_running(const GPtrArray *nodes, int64_t now)
{
    for (guint i = 0; i < nodes->len; i++) {
        if (node_state(nodes->pdata[i], now) == NODE_RUNS)
            return nodes->pdata[i];
    }
    return NULL;
}

/* *ret_running is NULL, or says which role runs on the store. */
static bool name_running(Db *db, int64_t now, char **ret_running, GError **err)
{
    g_autoptr(GPtrArray) nodes = node_list(db, err);
    if (nodes == NULL)
        return false;
    const Node *node = find_running(nodes, now);
    *ret_running = node != NULL ? g_strdup_printf("%s on %s", node->role, node->host) : NULL;
    return true;
}

/* What a role knows or holds would be wrong from one moment to the next. */
static bool refuse_running(const Session *session, Db *db, GError **err)
{
    g_autofree char *running = NULL;
    if (!name_running(db, clock_now(session->clock), &running, err))
        return false;
    return running == NULL ||
           err_set(err, ERR_EXISTS,
                   "%s runs on the store: stop it first (one that was killed "
                   "counts as running until its lease has passed)",
                   running);
}

/* A store that is not there is made, as "muster init" would. Whoever dies before it is filled
 * leaves an empty one, which is there for the next attempt. */
static bool open_target(const Session *session, const char *url, const char *directory,
                        Db **ret_db, GError **err)
{
    g_autoptr(Db) db = NULL;
    int64_t version = 0;
    if (!open_or_make(url, directory, &db, err) || !migrate_version(db, &version, err))
        return false;
    if (version == 0 ? !migrate_upgrade(db, session->share, clock_now(session->clock), err)
                     : !migrate_check(db, err))
        return false;
    if (!refuse_running(session, db, err))
        return false;
    *ret_db = g_steal_pointer(&db);
    return true;
}

static bool check_journal(const JournalVerdict *journal, bool may_be_broken, GError **err)
{
    return journal->broken == NULL || may_be_broken ||
           err_set(err, ERR_INVALID,
                   "the journal is broken at %s; --broken-journal takes it as it is",
                   journal->broken);
}

/* What went out after the backup was made waits again. */
static bool count_waiting(Db *db, int64_t *ret_copies, GError **err)
{
    OutboxCounts counts = { 0 };
    if (!outbox_count(db, 0, &counts, err)) {
        g_prefix_error(err, "the backup was restored, but what waits was not counted: ");
        return false;
    }
    *ret_copies = counts.waiting;
    return true;
}

static void show_restore(const Session *session, const Backup *backup, const Moved *moved,
                         int64_t copies)
{
    g_autofree char *made = clock_format(backup->origin->created_at);
    output_line(session->output, "The backup was made at %s by muster %s from a %s store.",
                made, backup->origin->program, backup->origin->source);
    show_moved(session->output, "Restored", moved);
    if (copies > 0) {
        output_line(session->output,
                    "%" G_GINT64_FORMAT " copies wait to be sent, as they did then. Those that "
                    "were sent since would go out again:",
                    copies);
        output_line(session->output, "look at \"muster queue list\" before \"muster serve\".");
    }

    json_t *record = moved_record(moved);
    (void) json_object_set_new(record, "made_at", output_time(backup->origin->created_at));
    (void) json_object_set_new(record, "made_by", output_string(backup->origin->program));
    (void) json_object_set_new(record, "made_from", output_string(backup->origin->source));
    (void) json_object_set_new(record, "copies_waiting", json_integer(copies));
    output_document(session->output, record);
}

/* The backup is verified to its last row before the store is touched. */
static bool cmd_store_restore(Session *session, const Args *args, GError **err)
{
    g_auto(ProgressLine) line = progress_line(session);
    const Progress progress = progress_on(&line);
    const Config *config = session->config;
    bool may_be_broken = args_has(args, "broken-journal");
    int64_t start = g_get_monotonic_time();
    g_autoptr(Db) db = NULL;
    g_autoptr(Backup)
        backup = backup_open(args_get(args, "file"), session->share, &progress, err);
    if (backup == NULL || !check_journal(&backup->journal, may_be_broken, err) ||
        !open_target(session, config->store_url, config->directory, &db, err))
        return false;

    const TransferOptions options = {
        .share = session->share,
        .known = backup->contents,
        .may_replace = args_has(args, "replace"),
        .may_have_broken_journal = may_be_broken,
        .progress = &progress,
    };
    g_auto(Transfer) transfer = { .contents = NULL };
    int64_t copies = 0;
    if (!transfer_run(backup->db, db, &options, &transfer, err)) {
        if (!options.may_replace && err_is(*err, ERR_EXISTS))
            g_prefix_error(err, "--replace would replace all that is in it: ");
        return false;
    }
    if (!count_waiting(db, &copies, err))
        return false;
    progress_line_clear(&line);
    const Moved moved = { transfer.contents, &transfer.journal, seconds_since(start) };
    show_restore(session, backup, &moved, copies);
    return true;
}

/* The note that the copy of a store in use asks for; NULL if nothing runs on it. */
static bool warn_running(const Session *session, Db *from, char **ret_running, GError **err)
{
    if (!name_running(from, clock_now(session->clock), ret_running, err)) {
        g_prefix_error(err, "the store was copied, but who runs on the old one is not known: ");
        return false;
    }
    if (*ret_running != NULL)
        output_line(
            session->output,
            "%s runs on the old store: what happens there from now on is not in the copy.",
            *ret_running);
    return true;
}

#define SQLITE_SCHEME "sqlite:"

/* The file of a URL; NULL if it is none that exists. */
static char *store_file(const char *url, const char *here)
{
    if (!g_str_has_prefix(url, SQLITE_SCHEME))
        return NULL;
    g_autofree char *path = g_canonicalize_filename(url + strlen(SQLITE_SCHEME), here);
    g_autofree char *found = realpath(path, NULL);
    return g_strdup(found);
}

/* Two names of one store, as far as names tell. */
static bool is_same_store(const char *one, const char *other, const char *here)
{
    g_autofree char *file = store_file(one, here);
    g_autofree char *other_file = store_file(other, here);
    return g_str_equal(one, other) || (file != NULL && g_strcmp0(file, other_file) == 0);
}

static bool cmd_store_copy(Session *session, const Args *args, GError **err)
{
    g_auto(ProgressLine) line = progress_line(session);
    const Progress progress = progress_on(&line);
    g_autofree char *here = g_get_current_dir();
    int64_t start = g_get_monotonic_time();
    g_autoptr(Db) from = NULL;
    g_autoptr(Db) to = NULL;
    if (is_same_store(args_get(args, "from"), args_get(args, "to"), here))
        return err_set(err, ERR_INVALID,
                       "both are the same store: name another one to copy to");
    if (!db_open(args_get(args, "from"), here, false, &from, err) ||
        !migrate_check(from, err) ||
        !open_target(session, args_get(args, "to"), here, &to, err))
        return false;

    const TransferOptions options = {
        .share = session->share,
        .may_have_broken_journal = args_has(args, "broken-journal"),
        .progress = &progress,
    };
    g_auto(Transfer) transfer = { .contents = NULL };
    if (!transfer_run(from, to, &options, &transfer, err))
        return false;
    progress_line_clear(&line);
    const Moved moved = { transfer.contents, &transfer.journal, seconds_since(start) };
    show_moved(session->output, "Copied", &moved);
    g_autofree char *running = NULL;
    if (!warn_running(session, from, &running, err))
        return false;
    json_t *record = moved_record(&moved);
    (void) json_object_set_new(record, "source_in_use", json_boolean(running != NULL));
    output_document(session->output, record);
    return true;
}

static const Command COMMANDS[] = {
    { "store upgrade [--force]", cmd_store_upgrade, COMMAND_CONFIG,
      "bring the store and its TLDs to the version of this program" },
    { "store backup <file>", cmd_store_backup, COMMAND_STORE,
      "write all that the store holds into one file, while it is in use" },
    { "store restore <file> [--replace] [--broken-journal]", cmd_store_restore, COMMAND_CONFIG,
      "verify a backup and put it into the store" },
    { "store copy <from> <to> [--broken-journal]", cmd_store_copy, COMMAND_ALONE,
      "copy one store into another, empty one, of whatever kind" },
};

const CommandGroup CLI_STORE = COMMAND_GROUP(COMMANDS);
