/* muster status and node: how the installation is, on all its hosts. */
#include <string.h>

#include "base/err.h"
#include "cli/groups.h"
#include "directory/roster.h"
#include "directory/roster_due.h"
#include "membership/authority_run.h"
#include "queue/health.h"
#include "store/journal.h"
#include "store/migrate.h"

/* What there is to say; JSON values are NULL while they are not known. */
typedef struct {
    int64_t now;
    char *store_kind;
    int64_t store_version; /* 0: not known */
    int64_t journal_rows;
    bool is_reachable;
    json_t *nodes;
    json_t *queues;
    json_t *roster;
    json_t *iana;
    GPtrArray *findings; /* HealthFinding */
} Status;

static void status_clear(Status *status)
{
    g_free(status->store_kind);
    json_decref(status->nodes);
    json_decref(status->queues);
    json_decref(status->roster);
    json_decref(status->iana);
    g_clear_pointer(&status->findings, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Status, status_clear)

/* Records */

static json_t *node_record(const Node *node, int64_t now)
{
    return json_pack("{s:o, s:s, s:s, s:o, s:s, s:I, s:I, s:o, s:o, s:I, s:I}", "host",
                     output_string(node->host), "role", node->role, "state",
                     node_state_name(node_state(node, now)), "name", output_string(node->owner),
                     "version", node->version, "store_version", node->store_version, "pid",
                     node->pid, "started", output_time(node->started_at), "seen",
                     output_time(node->seen_at), "silent_s", MAX(now - node->seen_at, 0),
                     "lease_s", node->lease_s);
}

static json_t *node_records(const GPtrArray *nodes, int64_t now)
{
    json_t *records = json_array();
    for (guint i = 0; i < nodes->len; i++)
        (void) json_array_append_new(records, node_record(nodes->pdata[i], now));
    return records;
}

static json_t *queue_records(const Depth depths[DEPTHS], int64_t now)
{
    json_t *records = json_array();
    for (DepthKind kind = 0; kind < DEPTHS; kind++) {
        const Depth *depth = &depths[kind];
        bool has_oldest = depth->count > 0;
        g_autofree char *age = has_oldest ? health_age(now - depth->oldest_at) : NULL;
        json_t *record = json_pack(
            "{s:s, s:s, s:I, s:o, s:o, s:o}", "queue", depth_queue(kind), "state",
            depth_state(kind), "count", depth->count, "oldest", output_time(depth->oldest_at),
            "age_s", has_oldest ? json_integer(now - depth->oldest_at) : json_null(), "age",
            output_string(age));
        (void) json_array_append_new(records, record);
    }
    return records;
}

static json_t *finding_record(const HealthFinding *finding)
{
    return json_pack("{s:s, s:o, s:o}", "grade", health_grade_name(finding->grade), "text",
                     output_string(finding->text), "advice", output_string(finding->advice));
}

/* Gathering */

static bool read_journal(Status *status, Db *db, GError **err)
{
    return db_select_int(db, "SELECT seq FROM journal_head", DB_NO_ARGS, &status->journal_rows,
                         err);
}

static bool read_roster(const Session *session, Db *db, Status *status, int64_t *ret_overdue_at,
                        GError **err)
{
    const Config *config = session->config;
    const Work work = { .db = db, .config = config, .now = status->now };
    g_autoptr(GPtrArray) sent = roster_history(db, 1, err);
    if (sent == NULL || !roster_overdue(&work, ret_overdue_at, err))
        return false;

    const RosterSent *last = sent->len > 0 ? sent->pdata[0] : NULL;
    int64_t next_at = roster_due_next(config->roster_days, config->roster_hour, status->now);
    status->roster = json_pack(
        "{s:o, s:o, s:o}", "sent", output_time(last != NULL ? last->sent_at : 0), "copies",
        last != NULL ? json_integer(last->copies) : json_null(), "next", output_time(next_at));
    return true;
}

/* *ret_failure is why IANA was not asked for too long, NULL if all is well. */
static bool read_iana(const Session *session, Db *db, Status *status, char **ret_failure,
                      GError **err)
{
    g_autoptr(AuthorityRun) run = NULL;
    if (!authority_run_read(db, &run, err))
        return false;
    status->iana = json_pack("{s:o, s:o, s:o, s:o}", "asked", output_time(run->done_at),
                             "at_work", output_string(run->owner), "failed",
                             output_time(run->failed_at), "failure",
                             output_string(run->failure));
    if (authority_run_is_overdue(run, session->config, status->now))
        *ret_failure = g_steal_pointer(&run->failure);
    return true;
}

static bool read_store(const Session *session, Db *db, Status *status, GError **err)
{
    Depth depths[DEPTHS];
    int64_t overdue_at = 0;
    g_autofree char *iana_failure = NULL;
    g_autoptr(GPtrArray) nodes = node_list(db, err);
    if (nodes == NULL || !depth_read(db, status->now, depths, err) ||
        !read_journal(status, db, err) || !read_roster(session, db, status, &overdue_at, err) ||
        !read_iana(session, db, status, &iana_failure, err))
        return false;

    const HealthFacts facts = { nodes, depths, overdue_at, status->now, iana_failure };
    status->nodes = node_records(nodes, status->now);
    status->queues = queue_records(depths, status->now);
    status->findings = health_judge(&facts);
    return true;
}

/* A store that cannot be read is what is wrong, and not an error of the command. */
static void tell_failure(Status *status, const GError *failure)
{
    const char *advice = err_is(failure, ERR_UNFIT)
                             ? "All hosts need the same program; then \"muster store upgrade\"."
                             : "Look after the database, and [store] url of muster.conf.";
    g_autofree char *text = g_strdup_printf("The store cannot be used: %s.", failure->message);
    g_clear_pointer(&status->findings, g_ptr_array_unref);
    status->findings = g_ptr_array_new_with_free_func((GDestroyNotify) health_finding_free);
    g_ptr_array_add(status->findings, health_finding_new(HEALTH_BROKEN, text, advice));
}

static bool open_store(const Config *config, Status *status, Db **ret_db, GError **err)
{
    g_autoptr(Db) db = NULL;
    if (!db_open(config->store_url, config->directory, false, &db, err) ||
        !migrate_version(db, &status->store_version, err))
        return false;
    status->is_reachable = true;
    *ret_db = g_steal_pointer(&db);
    return migrate_check(*ret_db, err);
}

static void gather(const Session *session, Status *status)
{
    const Config *config = session->config;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Db) db = NULL;

    status->now = clock_now(session->clock);
    status->store_kind = g_strndup(config->store_url, strcspn(config->store_url, ":"));
    if (!open_store(config, status, &db, &failure) ||
        !read_store(session, db, status, &failure))
        tell_failure(status, failure);
}

/* Showing it */

static void print_nodes(const Session *session, const Status *status)
{
    static const OutputColumn COLUMNS[] = {
        { "host", "host" },
        { "role", "role" },
        { "state", "state" },
        { "version", "version" },
        { "seen", "last sign of life" },
        { "started", "started" },
    };
    if (json_array_size(status->nodes) == 0)
        return;
    output_line(session->output, "%s", "");
    output_rows(session->output, status->nodes, COLUMNS, G_N_ELEMENTS(COLUMNS));
}

static void print_queues(const Session *session, const Status *status)
{
    static const OutputColumn COLUMNS[] = {
        { "queue", "queue" },
        { "state", "state" },
        { "count", "count" },
        { "age", "oldest" },
    };
    if (status->queues == NULL)
        return;
    output_line(session->output, "%s", "");
    output_rows(session->output, status->queues, COLUMNS, G_N_ELEMENTS(COLUMNS));
}

static void print_roster(const Session *session, const Status *status)
{
    const char *sent = json_string_value(json_object_get(status->roster, "sent"));
    const char *next = json_string_value(json_object_get(status->roster, "next"));
    json_int_t copies = json_integer_value(json_object_get(status->roster, "copies"));
    if (status->roster == NULL)
        return;
    output_line(session->output, "%s", "");
    if (sent != NULL)
        output_line(session->output,
                    "The last roster went out at %s, to %" JSON_INTEGER_FORMAT " addresses.",
                    sent, copies);
    else
        output_line(session->output, "No roster has gone out yet.");
    if (next != NULL)
        output_line(session->output, "The next one is due at %s.", next);
}

static void print_iana(const Session *session, const Status *status)
{
    const char *asked = json_string_value(json_object_get(status->iana, "asked"));
    const char *at_work = json_string_value(json_object_get(status->iana, "at_work"));
    const char *failed = json_string_value(json_object_get(status->iana, "failed"));
    if (status->iana == NULL)
        return;
    if (asked != NULL)
        output_line(session->output, "IANA was last asked about all TLDs at %s.", asked);
    else
        output_line(session->output, "IANA has not been asked about all TLDs yet.");
    if (at_work != NULL)
        output_line(session->output, "It is being asked by %s.", at_work);
    if (failed != NULL)
        output_line(session->output, "The last try, at %s, failed: %s.", failed,
                    json_string_value(json_object_get(status->iana, "failure")));
}

static void print_findings(const Session *session, const Status *status)
{
    if (status->findings->len == 0)
        return;
    output_line(session->output, "%s", "");
    for (guint i = 0; i < status->findings->len; i++) {
        const HealthFinding *finding = status->findings->pdata[i];
        output_line(session->output, "%s", finding->text);
        output_line(session->output, "    %s", finding->advice);
    }
}

static void print_head(const Session *session, const Status *status, HealthGrade grade)
{
    static const char *const SUMMARIES[] = {
        [HEALTH_GOOD] = "is well",
        [HEALTH_DEGRADED] = "works, but something is wrong",
        [HEALTH_BROKEN] = "does not work",
    };
    output_line(session->output, "%s %s.", session->config->name, SUMMARIES[grade]);
    if (!status->is_reachable)
        output_line(session->output, "Store: %s, out of reach.", status->store_kind);
    else
        output_line(session->output,
                    "Store: %s, version %" G_GINT64_FORMAT
                    "; rows of the journal: %" G_GINT64_FORMAT ".",
                    status->store_kind, status->store_version, status->journal_rows);
}

static json_t *value_or_null(json_t *value)
{
    return value != NULL ? json_incref(value) : json_null();
}

static json_t *document(const Session *session, const Status *status, HealthGrade grade)
{
    json_t *findings = json_array();
    for (guint i = 0; i < status->findings->len; i++)
        (void) json_array_append_new(findings, finding_record(status->findings->pdata[i]));
    bool is_known = status->is_reachable;
    json_t *store = json_pack("{s:o, s:b, s:o, s:i, s:o}", "kind",
                              output_string(status->store_kind), "reachable",
                              status->is_reachable, "version",
                              is_known ? json_integer(status->store_version) : json_null(),
                              "program_version", STORE_VERSION, "journal_rows",
                              is_known ? json_integer(status->journal_rows) : json_null());
    return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "community",
                     output_string(session->config->name), "health", health_grade_name(grade),
                     "version", MUSTER_VERSION, "now", output_time(status->now), "store", store,
                     "nodes", value_or_null(status->nodes), "queues",
                     value_or_null(status->queues), "roster", value_or_null(status->roster),
                     "iana", value_or_null(status->iana), "findings", findings);
}

static bool cmd_status(Session *session, const Args *args, GError **err)
{
    g_auto(Status) status = { 0 };
    gather(session, &status);
    HealthGrade grade = health_grade(status.findings);
    print_head(session, &status, grade);
    print_nodes(session, &status);
    print_queues(session, &status);
    print_roster(session, &status);
    print_iana(session, &status);
    print_findings(session, &status);
    output_document(session->output, document(session, &status, grade));
    session->exit_status = health_exit_status(grade);
    return true;
}

/* Somebody who names a host must not take "none" for done. */
static bool cmd_node_forget(Session *session, const Args *args, GError **err)
{
    const char *host = args_get(args, "host");
    int64_t count = 0;
    if (!node_forget(session->db, host, clock_now(session->clock), &count, err))
        return false;
    if (count == 0)
        return err_set(err, ERR_NOT_FOUND, "no role on \"%s\" is lost or has stopped", host);
    output_line(session->output, "Forgotten: %" G_GINT64_FORMAT " %s of %s.", count,
                count == 1 ? "role" : "roles", host);
    output_document(session->output,
                    json_pack("{s:o, s:I}", "host", output_string(host), "roles", count));
    return true;
}

static const Command COMMANDS[] = {
    { "status", cmd_status, COMMAND_CONFIG,
      "show every node, the queues, the store, and what is wrong; the exit status tells it "
      "too" },
    { "node forget <host>", cmd_node_forget, COMMAND_STORE,
      "miss the roles of a host no longer that is gone for good" },
};

const CommandGroup CLI_STATUS = COMMAND_GROUP(COMMANDS);
