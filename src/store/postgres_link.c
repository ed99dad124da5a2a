#include "store/postgres_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* clang-format off */
#define STATEMENT_TIMEOUT "60000" /* milliseconds: what serves people takes no tenth of it */
#define LOCK_TIMEOUT      "5000"  /* how long a writer waits for another, as with SQLite */
#define IDLE_TIMEOUT      "10000" /* in a transaction: one of ours never waits for anything else */
#define CONNECT_TIMEOUT   "5"     /* seconds, for each host of the URL */
#define RETRY_MS          1000    /* between attempts to connect */
#define ANSWER_GRACE_MS   10000   /* after the server should have given up by itself */
#define PATIENT_MS        G_GINT64_CONSTANT(86400000) /* a day */
#define SHOWN_MAX         300     /* bytes of what the server says */
/* clang-format on */

/* What libpq is told before the URL, which may say otherwise. A host that vanished is noticed
 * by its silence; of several hosts the one that can be written to is ours. */
static const char *const DEFAULTS[][2] = {
    { "connect_timeout", CONNECT_TIMEOUT }, { "keepalives_idle", "10" },
    { "keepalives_interval", "5" },         { "keepalives_count", "3" },
    { "tcp_user_timeout", "20000" },        { "target_session_attrs", "read-write" },
    { "application_name", "muster" },
};

/* What a session needs, whatever the database's own settings. Those of time and durability are
 * kept where the administrator chose one for us: durability only if it is not weaker. The
 * server notices by its own keepalives that we are gone, and lets go of our locks. */
static const char SET_UP[] =
    "SET standard_conforming_strings = on;"
    "SET default_transaction_isolation = 'read committed';"
    "SET client_min_messages = warning;"
    "SET cursor_tuple_fraction = 1;" /* we read to the end */
    /* A plan that was made while the queue was empty must not be kept when it is full. */
    "SET plan_cache_mode = force_custom_plan;"
    "SET tcp_keepalives_idle = 10;"
    "SET tcp_keepalives_interval = 5;"
    "SET tcp_keepalives_count = 3;"
    "SELECT set_config(name, ours, false) FROM (VALUES"
    " ('statement_timeout', '" STATEMENT_TIMEOUT "', '0'),"
    " ('lock_timeout', '" LOCK_TIMEOUT "', '0'),"
    " ('idle_in_transaction_session_timeout', '" IDLE_TIMEOUT "', '0'),"
    " ('synchronous_commit', 'on', 'off'),"
    " ('synchronous_commit', 'on', 'local'),"
    " ('synchronous_commit', 'on', 'remote_write')) AS wanted (name, ours, weak)"
    " WHERE current_setting(name) = weak;"
    "SELECT current_setting('server_encoding'),"
    " coalesce(to_regnamespace(quote_ident(current_schema()))::oid, 0),"
    " (extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::bigint,"
    " (SELECT system_identifier FROM pg_control_system()) || '/' ||"
    " CASE WHEN pg_is_in_recovery() THEN 'standby'"
    " ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END,"
    /* Statistics survive a shutdown in good order, and begin anew after any other. */
    " coalesce(extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time())::text, '')";

static int64_t ticks_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

void postgres_link_be_patient(PostgresLink *link)
{
    link->answer_ms = PATIENT_MS;
}

PostgresLink *postgres_link_new(const char *url)
{
    PostgresLink *link = g_new0(PostgresLink, 1);
    link->url = g_strdup(url);
    link->answer_ms = ANSWER_GRACE_MS;
    return link;
}

void postgres_link_drop(PostgresLink *link)
{
    g_clear_pointer(&link->conn, PQfinish);
}

void postgres_link_free(PostgresLink *link)
{
    if (link == NULL)
        return;
    postgres_link_drop(link);
    g_free(link->url);
    g_free(link->refusal);
    g_free(link->cluster);
    g_free(link->era);
    g_free(link);
}

/* Errors */

static const struct {
    const char *state; /* the beginning of a SQLSTATE */
    ErrKind kind;
    const char *text; /* NULL: what the server says, which has no values in it */
} FAULTS[] = {
    { "08", ERR_TEMPORARY, NULL },
    { "22", ERR_INTERNAL, "a value was refused" }, /* and is often named */
    { "23505", ERR_EXISTS, NULL },
    { "23", ERR_INVALID, NULL },
    { "25006", ERR_TEMPORARY, "the server takes no changes now" },
    { "25P02", ERR_TEMPORARY, "the transaction was rolled back before" },
    { "40", ERR_TEMPORARY, "another process changed the same rows: try again" },
    { "42", ERR_INTERNAL, NULL },
    { "53100", ERR_LIMIT, NULL },
    { "53200", ERR_LIMIT, NULL },
    { "53", ERR_TEMPORARY, NULL },
    { "54", ERR_INTERNAL, NULL }, /* a limit of the server's, that stays */
    { "55P03", ERR_TEMPORARY, "another process is writing to the store: try again" },
    { "57", ERR_TEMPORARY, NULL }, /* cancelled, shut down, not up yet */
    { "58", ERR_TEMPORARY, NULL }, /* the server's disk or operating system */
    { "", ERR_INTERNAL, "a failure of the server" },
};

/* One line that can be shown: what libpq says may have many. */
static char *first_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return text_printable_max(text, end != NULL ? (size_t) (end - text) : strlen(text),
                              SHOWN_MAX);
}

static bool lose(PostgresLink *link, const char *how, GError **err)
{
    postgres_link_drop(link);
    return err_set(err, ERR_TEMPORARY, "the connection to the store was lost%s", how);
}

bool postgres_link_fail(PostgresLink *link, const PGresult *result, GError **err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    size_t i = 0;

    if (state == NULL || PQstatus(link->conn) == CONNECTION_BAD)
        return lose(link, "", err);
    while (!g_str_has_prefix(state, FAULTS[i].state))
        i++;
    if (FAULTS[i].text != NULL || said == NULL)
        said = FAULTS[i].text != NULL ? FAULTS[i].text : "a failure of the server";
    g_autofree char *shown = first_line(said);
    return err_set(err, FAULTS[i].kind, "store: %s (SQLSTATE %s)", shown, state);
}

/* Answers */

int64_t postgres_link_patience(const PostgresLink *link, int64_t ms)
{
    return link->patience_ms > 0 ? MIN(ms, link->patience_ms) : ms;
}

/* Waits until there is something to read, or so long. */
static bool wait_a_while(const PostgresLink *link, int64_t ms)
{
    struct pollfd answer = { .fd = PQsocket(link->conn), .events = POLLIN };
    if (link->meanwhile != NULL) {
        link->meanwhile(answer.fd, ms, link->meanwhile_data);
        return true;
    }
    return poll(&answer, 1, (int) ms) >= 0 || errno == EINTR;
}

/* Waits until the next result can be had without waiting. */
static bool await(PostgresLink *link, GError **err)
{
    int64_t deadline_ms = ticks_ms() + postgres_link_patience(link, link->answer_ms);
    while (PQisBusy(link->conn) != 0) {
        int64_t left_ms = deadline_ms - ticks_ms();
        if (left_ms <= 0)
            return lose(link, ": it gave no answer", err);
        if (!wait_a_while(link, left_ms))
            return lose(link, "", err);
        if (PQconsumeInput(link->conn) == 0)
            return lose(link, "", err);
    }
    return true;
}

bool postgres_link_next(PostgresLink *link, PGresult **ret_result, GError **err)
{
    if (link->conn == NULL)
        return lose(link, "", err);
    if (!await(link, err))
        return false;
    g_autoptr(PGresult) result = PQgetResult(link->conn);
    if (PQstatus(link->conn) == CONNECTION_BAD)
        return lose(link, "", err);
    *ret_result = g_steal_pointer(&result);
    return true;
}

static bool is_failure(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

PGresult *postgres_link_answer(PostgresLink *link, int sent, GError **err)
{
    g_autoptr(PGresult) last = NULL;
    if (sent == 0) {
        lose(link, "", err);
        return NULL;
    }
    for (;;) {
        g_autoptr(PGresult) result = NULL;
        if (!postgres_link_next(link, &result, err))
            return NULL;
        if (result == NULL)
            break;
        /* The rest of what was sent is skipped by the server after a failure. */
        g_clear_pointer(&last, PQclear);
        last = g_steal_pointer(&result);
    }
    if (last == NULL || is_failure(last)) {
        postgres_link_fail(link, last, err);
        return NULL;
    }
    return g_steal_pointer(&last);
}

PGresult *postgres_link_exec(PostgresLink *link, const char *sql, GError **err)
{
    return postgres_link_answer(link, PQsendQuery(link->conn, sql), err);
}

/* Connecting */

/* What the server says beside its answers is of no use to us, but for its last words. */
static void take_notice(void *data, const PGresult *notice)
{
    PostgresLink *link = data;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (g_strcmp0(severity, "FATAL") == 0 || g_strcmp0(severity, "PANIC") == 0)
        link->is_doomed = true;
}

static PGconn *connect_to(const char *url)
{
    const char *names[G_N_ELEMENTS(DEFAULTS) + 3];
    const char *values[G_N_ELEMENTS(DEFAULTS) + 3];
    size_t n = G_N_ELEMENTS(DEFAULTS);

    for (size_t i = 0; i < n; i++) {
        names[i] = DEFAULTS[i][0];
        values[i] = DEFAULTS[i][1];
    }
    names[n] = "dbname"; /* libpq puts in here what the URL says */
    values[n] = url;
    names[n + 1] = "client_encoding";
    values[n + 1] = "UTF8";
    names[n + 2] = NULL;
    values[n + 2] = NULL;
    return PQconnectdbParams(names, values, 1);
}

/* libpq would show the whole URL, with the password. */
static bool check_url(const char *url, GError **err)
{
    char *said = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &said);
    bool is_right = options != NULL;
    PQconninfoFree(options);
    PQfreemem(said);
    return is_right || err_set(err, ERR_INVALID,
                               "the store's URL is not as libpq wants it:"
                               " postgresql://USER@HOST:PORT/DATABASE?SETTING=VALUE&...");
}

/* Whether this server can hold our tables, and what is to be known of it. */
static bool examine(PostgresLink *link, const PGresult *facts, GError **err)
{
    int version = PQserverVersion(link->conn);
    const char *encoding = PQgetvalue(facts, 0, 0);

    if (version < POSTGRES_OLDEST)
        return err_set(err, ERR_INVALID, "the store's server has version %d: want at least %d",
                       version / 10000, POSTGRES_OLDEST / 10000);
    if (!g_str_equal(encoding, "UTF8"))
        return err_set(err, ERR_INVALID,
                       "the store's database has the encoding %s: make one with"
                       " \"createdb -E UTF8 -T template0\"",
                       encoding);
    link->schema = g_ascii_strtoll(PQgetvalue(facts, 0, 1), NULL, 10);
    if (link->schema == 0)
        return err_set(err, ERR_INVALID,
                       "the store's database has no schema that its search_path names");
    link->answer_ms = g_ascii_strtoll(PQgetvalue(facts, 0, 2), NULL, 10) + ANSWER_GRACE_MS;
    g_free(link->cluster);
    link->cluster = g_strdup(PQgetvalue(facts, 0, 3));
    g_free(link->era);
    link->era = g_strdup(PQgetvalue(facts, 0, 4));
    return true;
}

static bool set_up(PostgresLink *link, GError **err)
{
    (void) PQsetNoticeReceiver(link->conn, take_notice, link);
    link->answer_ms = ANSWER_GRACE_MS;
    g_autoptr(PGresult) facts = postgres_link_exec(link, SET_UP, err);
    return facts != NULL && examine(link, facts, err);
}

bool postgres_link_connect(PostgresLink *link, GError **err)
{
    postgres_link_drop(link);
    if (!check_url(link->url, err))
        return false;

    link->generation++;
    link->is_doomed = false;
    link->conn = connect_to(link->url);
    if (PQstatus(link->conn) != CONNECTION_OK) {
        g_autofree char *said = first_line(PQerrorMessage(link->conn));
        postgres_link_drop(link);
        return err_set(err, ERR_TEMPORARY, "could not reach the store: %s", said);
    }
    if (!set_up(link, err)) {
        postgres_link_drop(link);
        return false;
    }
    return true;
}

void postgres_link_read(PostgresLink *link)
{
    struct pollfd socket = { .fd = -1, .events = POLLIN | POLLRDHUP };
    if (link->conn == NULL)
        return;
    socket.fd = PQsocket(link->conn);
    if (poll(&socket, 1, 0) <= 0)
        return;
    bool is_read = PQconsumeInput(link->conn) != 0;
    (void) PQisBusy(link->conn); /* looks at what was read */
    if (!is_read || link->is_doomed || (socket.revents & POLLRDHUP) != 0)
        postgres_link_drop(link);
}

bool postgres_link_ensure(PostgresLink *link, GError **err)
{
    postgres_link_read(link);
    if (link->conn != NULL)
        return true;
    if (ticks_ms() < link->retry_ms && link->refusal != NULL)
        return err_set(err, ERR_TEMPORARY, "%s", link->refusal);

    g_autoptr(GError) failure = NULL;
    bool is_connected = postgres_link_connect(link, &failure);
    link->retry_ms = ticks_ms() + RETRY_MS;
    g_clear_pointer(&link->refusal, g_free);
    if (!is_connected) {
        link->refusal = g_strdup(failure->message);
        g_propagate_error(err, g_steal_pointer(&failure));
    }
    return is_connected;
}
