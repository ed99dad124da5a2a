/* What only the driver of PostgreSQL does: needs MUSTER_TEST_STORE. */
#include "store/db_postgres.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/err.h"
#include "store/db_driver.h"
#include "store/postgres_link.h"
#include "store/postgres_outcome.h"
#include "store_fixture.h"

/* Two connections to one schema, and a table in it. */
typedef struct {
    char *schema;
    char *url;
    Db *one;
    Db *two;
} Server;

#define INSERT "INSERT INTO thing (id, text, bytes) VALUES ($1, $2, $3)"

static Db *open_store(const char *url)
{
    g_autoptr(GError) err = NULL;
    Db *db = NULL;
    db_open(url, "/", false, &db, &err);
    g_assert_no_error(err);
    return db;
}

static void run(Db *db, const char *sql)
{
    g_autoptr(GError) err = NULL;
    db_run_script(db, sql, &err);
    g_assert_no_error(err);
}

static void set_up(Server *s, gconstpointer unused)
{
    s->schema = schema_make();
    g_autofree char *url = schema_url(s->schema);
    s->url = g_strconcat(url, "%20-clock_timeout%3D100", NULL);
    s->one = open_store(s->url);
    s->two = open_store(s->url);
    run(s->one, "CREATE TABLE thing (id bigint PRIMARY KEY CHECK (id > 0),"
                " text text, bytes bytea)");
}

static void tear_down(Server *s, gconstpointer unused)
{
    db_close(s->one);
    db_close(s->two);
    schema_drop(s->schema);
    g_free(s->url);
}

static bool insert(Db *db, int64_t id, GError **err)
{
    return db_run(db, INSERT, DB_ARGS(db_int(id), db_text("a"), db_null()), NULL, err);
}

static int64_t number(Db *db, const char *sql)
{
    g_autoptr(GError) err = NULL;
    int64_t value = -1;
    db_select_int(db, sql, DB_NO_ARGS, &value, &err);
    g_assert_no_error(err);
    return value;
}

static int64_t count(Db *db)
{
    return number(db, "SELECT count(*) FROM thing");
}

/* Ends the server's process that serves a connection, and waits until it is gone. */
static void cut(Db *victim, Db *by)
{
    g_autoptr(GError) err = NULL;
    int64_t pid = number(victim, "SELECT pg_backend_pid()");
    int64_t left = 1;
    db_select_int(by, "SELECT 1 FROM pg_terminate_backend(CAST($1 AS bigint)::int)",
                  DB_ARGS(db_int(pid)), &left, &err);
    g_assert_no_error(err);
    while (left > 0) {
        db_select_int(by,
                      "SELECT count(*) FROM pg_stat_activity WHERE pid = CAST($1 AS bigint)",
                      DB_ARGS(db_int(pid)), &left, &err);
        g_assert_no_error(err);
    }
}

static bool is_woken(int fd, int wait_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, wait_ms) == 1;
}

/* Errors */

static void test_the_server_s_errors_keep_their_kinds(Server *s, gconstpointer unused)
{
    static const struct {
        const char *state;
        ErrKind want;
    } CASES[] = {
        { "08006", ERR_TEMPORARY }, { "22021", ERR_INTERNAL },  { "22003", ERR_INTERNAL },
        { "23502", ERR_INVALID },   { "23503", ERR_INVALID },   { "23505", ERR_EXISTS },
        { "23514", ERR_INVALID },   { "25006", ERR_TEMPORARY }, { "40001", ERR_TEMPORARY },
        { "40P01", ERR_TEMPORARY }, { "42501", ERR_INTERNAL },  { "42P01", ERR_INTERNAL },
        { "53100", ERR_LIMIT },     { "53200", ERR_LIMIT },     { "53300", ERR_TEMPORARY },
        { "54000", ERR_INTERNAL },  { "55P03", ERR_TEMPORARY }, { "57014", ERR_TEMPORARY },
        { "57P01", ERR_TEMPORARY }, { "57P03", ERR_TEMPORARY }, { "58030", ERR_TEMPORARY },
        { "XX001", ERR_INTERNAL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_autofree char *sql = g_strdup_printf(
            "DO $$ BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '%s'; END $$", CASES[i].state);
        g_assert_false(db_run_script(s->one, sql, &err));
        g_test_message("%s: %s", CASES[i].state, err->message);
        g_assert_error(err, ERR_DOMAIN, (int) CASES[i].want);
        g_assert_nonnull(strstr(err->message, CASES[i].state));
    }
}

/* An index of a million rows takes a server longer than anybody waits otherwise. */
static void test_what_is_much_may_take_its_time(Server *s, gconstpointer unused)
{
    static const char LIMIT[] =
        "SELECT count(*) FROM pg_settings WHERE name = 'statement_timeout' AND setting = '0'";
    g_autoptr(GError) err = NULL;
    int64_t unlimited = 1;
    g_assert_true(db_select_int(s->one, LIMIT, DB_NO_ARGS, &unlimited, &err));
    g_assert_cmpint(unlimited, ==, 0);
    g_assert_true(db_expect_much(s->one, &err));
    g_assert_true(db_select_int(s->one, LIMIT, DB_NO_ARGS, &unlimited, &err));
    g_assert_cmpint(unlimited, ==, 1);
}

static void test_no_error_holds_a_value(Server *s, gconstpointer unused)
{
    static const char *const WRONG[] = {
        "INSERT INTO thing (id, text) VALUES (1, 'secret')",
        "INSERT INTO thing (id, text) VALUES (-1, 'secret')",
        "SELECT CAST('secret' AS bigint)",
        "SELECT 'secret' || convert_from('\\xff', 'UTF8')",
        "DO $$ BEGIN RAISE EXCEPTION 'x' USING DETAIL = 'secret', HINT = 'secret'; END $$",
    };
    g_assert_true(insert(s->one, 1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
        g_autoptr(GError) err = NULL;
        g_assert_false(db_run_script(s->one, WRONG[i], &err));
        g_assert_null(strstr(err->message, "secret"));
        g_assert_null(strchr(err->message, '\n'));
    }
}

static void test_no_error_holds_the_password(void)
{
    static const struct {
        const char *url;
        ErrKind want;
    } CASES[] = {
        { "postgresql://muster:hunter2@127.0.0.1:1/x", ERR_TEMPORARY },
        { "postgresql://muster:hunter2@[::1/x", ERR_INVALID },
        { "postgresql://muster:hunter2@127.0.0.1:1/x?hunter2", ERR_INVALID },
        { "postgresql://muster@127.0.0.1:1/x?password=hunter2&nothing=1", ERR_INVALID },
        { "postgresql://muster:hunter2/@127.0.0.1:1/x", ERR_INVALID },
        { "postgresql://muster:1/hunter2@127.0.0.1:1/x", ERR_INVALID },
        { "postgresql://muster:x@hunter2@127.0.0.1:1/x", ERR_INVALID },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        Db *db = NULL;
        g_assert_false(db_open(CASES[i].url, "/", false, &db, &err));
        g_test_message("%s", err->message);
        g_assert_error(err, ERR_DOMAIN, (int) CASES[i].want);
        g_assert_null(strstr(err->message, "hunter2"));
        g_assert_null(strchr(err->message, '\n'));
    }
}

/* Values */

static void test_a_parameter_keeps_its_type(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(insert(s->one, 1, &err)); /* bytes were NULL */
    g_assert_true(
        db_run(s->one, INSERT, DB_ARGS(db_int(2), db_null(), db_raw("a\0b", 3)), NULL, &err));
    g_assert_cmpint(number(s->one, "SELECT length(bytes) FROM thing WHERE id = 2"), ==, 3);

    g_assert_false(
        db_run(s->one, INSERT, DB_ARGS(db_int(3), db_int(3), db_null()), NULL, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INTERNAL);
}

static void test_integers_have_64_bits(Server *s, gconstpointer unused)
{
    static const int64_t CASES[] = { 0, -1, INT64_MIN, INT64_MAX, 1LL << 32 };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        int64_t value = 7;
        g_assert_true(
            db_select_int(s->one, "SELECT $1 + 0", DB_ARGS(db_int(CASES[i])), &value, &err));
        g_assert_cmpint(value, ==, CASES[i]);
    }
    g_assert_cmpint(number(s->one, "SELECT CAST(-5 AS integer)"), ==, -5);
    g_assert_cmpint(number(s->one, "SELECT 1 = 1"), ==, 1);
}

static void test_a_column_of_another_type_is_an_error(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t value = 7;
    g_assert_false(db_select_int(s->one, "SELECT 1.5", DB_NO_ARGS, &value, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INTERNAL);
}

/* Batches */

static bool batch(Db *db, int64_t n, int64_t wrong, GError **err)
{
    g_autofree DbValue *values = g_new0(DbValue, 3 * n);
    for (int64_t i = 0; i < n; i++) {
        values[3 * i] = db_int(i == wrong ? 1 : i + 1);
        values[3 * i + 1] = db_text("a");
        values[3 * i + 2] = i % 2 == 0 ? db_null() : db_raw("b", 1);
    }
    g_autoptr(DbTransaction) transaction = db_begin_shared(db, err);
    return transaction != NULL && db_run_batch(db, INSERT, values, 3, (size_t) n, err) &&
           db_commit(&transaction, err);
}

static void test_a_batch_is_many_rows(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(batch(s->one, 1000, -1, &err));
    g_assert_no_error(err);
    g_assert_cmpint(number(s->one, "SELECT count(*) FROM thing WHERE bytes IS NULL"), ==, 500);
}

static void test_the_first_row_that_fails_ends_a_batch(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_false(batch(s->one, 1000, 700, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
    g_assert_cmpint(count(s->one), ==, 0);
    g_assert_true(insert(s->one, 1, NULL)); /* and the connection goes on */
}

/* Cursors */

typedef struct {
    int64_t id;
} Row;

static const DbField ROW_FIELDS[] = { DB_FIELD(Row, id) };
static const DbRecord ROW = { sizeof(Row), g_free, ROW_FIELDS, 1 };

#define NUMBERS "SELECT generate_series AS id FROM generate_series(1, $1)"

static int64_t walk(Db *db, int64_t n)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(DbCursor) cursor = db_query(db, &ROW, NUMBERS, DB_ARGS(db_int(n)), &err);
    const void *row = NULL;
    int64_t seen = 0;
    g_assert_no_error(err);
    while (db_next(cursor, &row, &err) && row != NULL)
        g_assert_cmpint(((const Row *) row)->id, ==, ++seen);
    g_assert_no_error(err);
    return seen;
}

static void test_a_cursor_gives_every_row_once(Server *s, gconstpointer unused)
{
    static const int64_t CASES[] = { 0, 1, 255, 256, 257, 512, 100000 };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_assert_cmpint(walk(s->one, CASES[i]), ==, CASES[i]);
        g_autoptr(DbTransaction) view = db_begin_read(s->one, NULL);
        g_assert_nonnull(view);
        g_assert_cmpint(walk(s->one, CASES[i]), ==, CASES[i]);
    }
}

static void test_a_transaction_runs_beside_a_cursor(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(DbCursor) cursor = db_query(s->one, &ROW, NUMBERS, DB_ARGS(db_int(600)), &err);
    const void *row = NULL;
    int64_t seen = 0;
    while (db_next(cursor, &row, &err) && row != NULL) {
        if (seen++ % 100 == 0) {
            g_autoptr(DbTransaction) transaction = db_begin(s->one, &err);
            g_assert_true(insert(s->one, seen, &err));
            g_assert_true(db_commit(&transaction, &err));
        }
    }
    g_assert_cmpint(seen, ==, 600);
    g_assert_cmpint(count(s->one), ==, 6);
}

static void test_a_cursor_is_lost_with_the_connection(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(DbCursor) cursor = db_query(s->one, &ROW, NUMBERS, DB_ARGS(db_int(600)), &err);
    const void *row = NULL;
    cut(s->one, s->two);
    g_assert_cmpint(count(s->one), ==, 0); /* connects anew */
    while (db_next(cursor, &row, &err) && row != NULL)
        continue;
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
}

/* Transactions */

static void test_one_writer_of_the_domain_at_a_time(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(DbTransaction) first = db_begin(s->one, NULL);
    g_assert_true(insert(s->one, 1, NULL));
    g_assert_null(db_begin(s->two, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);

    g_autoptr(DbTransaction) shared = db_begin_shared(s->two, NULL);
    g_assert_true(insert(s->two, 2, NULL));
    g_assert_true(db_commit(&shared, NULL));
    g_assert_true(db_commit(&first, NULL));

    g_autoptr(DbTransaction) second = db_begin(s->two, NULL);
    g_assert_nonnull(second);
    g_assert_cmpint(count(s->two), ==, 2);
}

static void test_claims_pass_over_what_others_hold(Server *s, gconstpointer unused)
{
    static const char UPDATE[] = "UPDATE thing SET text = 'claimed'";
    static const char CHOOSE[] = "SELECT id FROM thing WHERE text = 'a' ORDER BY id LIMIT $1";
    g_autoptr(GError) err = NULL;
    for (int64_t id = 1; id <= 5; id++)
        g_assert_true(insert(s->one, id, NULL));

    g_autoptr(DbTransaction) transaction = db_begin_shared(s->one, NULL);
    g_autoptr(GPtrArray)
        ours = db_claim(s->one, &ROW, UPDATE, CHOOSE, "id", DB_ARGS(db_int(2)), &err);
    g_autoptr(GPtrArray)
        theirs = db_claim(s->two, &ROW, UPDATE, CHOOSE, "id", DB_ARGS(db_int(9)), &err);
    g_assert_no_error(err);
    g_assert_cmpuint(ours->len, ==, 2);
    g_assert_cmpuint(theirs->len, ==, 3);
    g_assert_true(db_commit(&transaction, NULL));
}

static void test_a_view_does_not_change(Server *s, gconstpointer unused)
{
    g_autoptr(DbTransaction) view = db_begin_read(s->one, NULL);
    g_assert_nonnull(view);
    g_assert_cmpint(count(s->one), ==, 0);
    g_assert_true(insert(s->two, 1, NULL));
    g_assert_cmpint(count(s->one), ==, 0);
    g_assert_false(insert(s->one, 2, NULL));
}

static void test_commits_are_durable_whatever_the_database_says(Server *s, gconstpointer unused)
{
    g_autofree char *url = g_strconcat(s->url, "%20-csynchronous_commit%3Doff", NULL);
    g_autofree char *shown = NULL;
    Db *db = open_store(url);
    g_assert_true(db_select_text(db, "SELECT current_setting('synchronous_commit')", DB_NO_ARGS,
                                 &shown, NULL));
    g_assert_cmpstr(shown, ==, "on");
    db_close(db);
}

/* Or a host that vanished would hold its locks for hours, where it may be idle. */
static void test_the_server_soon_notices_that_we_are_gone(Server *s, gconstpointer unused)
{
    g_autofree char *shown = NULL;
    g_assert_true(db_select_text(s->one,
                                 "SELECT CASE WHEN inet_client_addr() IS NULL THEN '10'"
                                 " ELSE current_setting('tcp_keepalives_idle') END",
                                 DB_NO_ARGS, &shown, NULL));
    g_assert_cmpstr(shown, ==, "10");
}

/* Connections */

static void test_a_lost_connection_is_made_anew(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(insert(s->one, 1, NULL));
    cut(s->one, s->two);
    g_assert_true(insert(s->one, 2, &err));
    g_assert_no_error(err);
    cut(s->one, s->two);
    g_autoptr(DbTransaction) transaction = db_begin(s->one, &err);
    g_assert_no_error(err);
    g_assert_true(insert(s->one, 3, &err));
    g_assert_true(db_commit(&transaction, &err));
    g_assert_cmpint(count(s->two), ==, 3);
}

static void test_a_transaction_is_lost_with_the_connection(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GError) after = NULL;
    g_autoptr(DbTransaction) transaction = db_begin(s->one, NULL);
    g_assert_true(insert(s->one, 1, NULL));
    cut(s->one, s->two);
    g_assert_false(insert(s->one, 2, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    g_assert_false(insert(s->one, 3, &after)); /* nor does it go on on another connection */
    g_assert_error(after, ERR_DOMAIN, ERR_TEMPORARY);
    g_assert_false(db_commit(&transaction, NULL));
    g_assert_cmpint(count(s->one), ==, 0);
}

static void test_listening_goes_on_after_a_loss(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int fd = -1;
    g_assert_true(db_listen(s->one, "inbox", &fd, &err));
    g_assert_false(is_woken(fd, 0));
    cut(s->one, s->two);
    g_assert_true(is_woken(fd, 10000)); /* the loss itself wakes */
    while (is_woken(fd, 0))
        db_drain(s->one);
    g_assert_cmpint(count(s->one), ==, 0); /* connects anew */
    g_assert_true(is_woken(fd, 0));        /* something may have been missed */
    db_drain(s->one);
    g_assert_false(is_woken(fd, 0));

    db_notify(s->two, "inbox");
    g_assert_true(is_woken(fd, 10000));
}

/* Commits whose answer is lost: a relay stands between, and cuts the first COMMIT. */

typedef enum { CUT_BEFORE, CUT_AFTER } Cut;

typedef struct {
    pid_t pid;
    int port;
} Relay;

static int listen_anywhere(int *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (const struct sockaddr *) &address, size), ==, 0);
    g_assert_cmpint(listen(fd, 5), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *) &address, &size), ==, 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t) port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (const struct sockaddr *) &address, sizeof address), ==, 0);
    return fd;
}

/* Passes bytes on until a side ends; true if it was cut. */
static bool relay_one(int client, int server, Cut how, bool may_cut)
{
    struct pollfd sides[] = { { .fd = client, .events = POLLIN },
                              { .fd = server, .events = POLLIN } };
    bool is_last = false;
    for (;;) {
        char bytes[65536];
        g_assert_cmpint(poll(sides, 2, -1), >, 0);
        bool from_client = sides[0].revents != 0;
        ssize_t size = recv(from_client ? client : server, bytes, sizeof bytes, 0);
        if (size <= 0)
            return false;
        if (is_last && !from_client)
            return true; /* the answer, which nobody will see */
        is_last = may_cut && from_client &&
                  memmem(bytes, (size_t) size, "COMMIT", sizeof "COMMIT") !=
                      NULL; /* with its NUL */
        if (is_last && how == CUT_BEFORE)
            return true;
        g_assert_cmpint(send(from_client ? server : client, bytes, (size_t) size, 0), ==, size);
    }
}

static void relay_all(int listener, int server_port, Cut how)
{
    bool was_cut = false;
    for (;;) {
        int client = accept(listener, NULL, NULL);
        int server = connect_to(server_port);
        was_cut = relay_one(client, server, how, !was_cut) || was_cut;
        (void) close(client);
        (void) close(server);
    }
}

static char *option_of(const char *name)
{
    PQconninfoOption *options = PQconninfoParse(test_server(), NULL);
    char *value = NULL;
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
        if (g_str_equal(o->keyword, name))
            value = g_strdup(o->val != NULL ? o->val : "");
    PQconninfoFree(options);
    return value;
}

static Relay relay_start(Cut how)
{
    Relay relay = { 0 };
    int listener = listen_anywhere(&relay.port);
    g_autofree char *port = option_of("port");
    relay.pid = fork();
    if (relay.pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        relay_all(listener, (int) g_ascii_strtoll(port, NULL, 10), how);
    }
    (void) close(listener);
    return relay;
}

static void relay_stop(const Relay *relay)
{
    (void) kill(relay->pid, SIGKILL);
    (void) waitpid(relay->pid, NULL, 0);
}

static bool commit_through(Server *s, Cut how, GError **err)
{
    Relay relay = relay_start(how);
    g_autofree char *user = option_of("user");
    g_autofree char *password = option_of("password");
    g_autofree char *database = option_of("dbname");
    g_autofree char *url = g_strdup_printf(
        "postgresql://%s:%s@127.0.0.1:%d/%s?options=-csearch_path%%3D%s", user, password,
        relay.port, database, s->schema);
    Db *db = open_store(url);
    g_autoptr(DbTransaction) transaction = db_begin(db, NULL);
    g_assert_nonnull(transaction);
    g_assert_true(insert(db, 1, NULL));
    bool done = db_commit(&transaction, err);
    if (done) /* the connection is as good as any */
        g_assert_true(insert(db, 2, NULL));
    db_close(db);
    relay_stop(&relay);
    return done;
}

static void test_a_commit_that_did_not_arrive_is_rolled_back(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_false(commit_through(s, CUT_BEFORE, &err));
    g_test_message("%s", err->message);
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    g_assert_null(strstr(err->message, "uncertain"));
    g_assert_cmpint(count(s->one), ==, 0);
}

static void test_a_commit_whose_answer_was_lost_is_done(Server *s, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(commit_through(s, CUT_AFTER, &err));
    g_assert_no_error(err);
    g_assert_cmpint(count(s->one), ==, 2);
}

static void test_the_number_of_a_commit_is_not_always_proof(Server *s, gconstpointer unused)
{
    static const struct {
        const char *sql; /* gives the number of a transaction */
        const char *cluster;
        const char *era;  /* what is noted behind those of the server */
        const char *want; /* in the error; NULL if it was committed */
    } CASES[] = {
        { "SELECT pg_current_xact_id()", "", "", NULL },
        { "SELECT pg_current_xact_id()", "2", "", "uncertain" },
        { "SELECT pg_current_xact_id()", "", "2", "uncertain" },
        { "SELECT 1000 + pg_current_xact_id()::text::bigint", "", "2", "the change with it" },
    };
    g_autoptr(GError) problem = NULL;
    g_autoptr(PostgresLink) link = postgres_link_new(s->url);
    g_assert_true(postgres_link_connect(link, &problem));
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(PGresult) result = postgres_link_exec(link, CASES[i].sql, &problem);
        g_assert_no_error(problem);
        g_autofree char *cluster = g_strconcat(link->cluster, CASES[i].cluster, NULL);
        g_autofree char *era = g_strconcat(link->era, CASES[i].era, NULL);
        const PostgresMark mark = { PQgetvalue(result, 0, 0), cluster, era, 0 };
        bool was_committed = postgres_outcome_find(link, &mark, &err);
        g_test_message("%zu: %s", i, err != NULL ? err->message : "committed");
        g_assert_cmpint(was_committed, ==, CASES[i].want == NULL);
        g_assert_true(was_committed || strstr(err->message, CASES[i].want) != NULL);
    }
}

/* The two schemas are twins. */

static char *lines_of(Db *db, const char *sql)
{
    return join_texts(db, sql, "\n");
}

static void test_both_stores_have_the_same_tables(Server *s, gconstpointer unused)
{
    static const char SQLITE[] =
        "SELECT m.name || '.' || c.name || CASE c.type WHEN 'INTEGER' THEN ' bigint'"
        " WHEN 'TEXT' THEN ' text C' ELSE ' bytea' END ||"
        " CASE WHEN c.\"notnull\" + c.pk > 0 THEN ' NOT NULL' ELSE '' END AS text"
        " FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid";
    static const char POSTGRES[] =
        "SELECT table_name || '.' || column_name || ' ' || data_type ||"
        " coalesce(' ' || collation_name, '') ||"
        " CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END AS text"
        " FROM information_schema.columns WHERE table_schema = current_schema()"
        " ORDER BY table_name COLLATE \"C\", ordinal_position";
    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    Db *sqlite = NULL;
    run(s->one, "DROP TABLE thing");
    g_assert_true(db_open("sqlite::memory:", "/", true, &sqlite, &err));
    g_assert_true(migrate_upgrade(sqlite, share, NOW, &err));
    g_assert_true(migrate_upgrade(s->one, share, NOW, &err));

    g_autofree char *want = lines_of(sqlite, SQLITE);
    g_autofree char *got = lines_of(s->one, POSTGRES);
    g_assert_cmpstr(got, ==, want);
    g_autofree char *want_indexes = lines_of(
        sqlite, "SELECT tbl_name || ' ' || name AS text FROM sqlite_schema"
                " WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1");
    g_autofree char *got_indexes = lines_of(
        s->one, "SELECT text FROM (SELECT tablename || ' ' || indexname AS text"
                " FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT IN"
                " (SELECT conname FROM pg_constraint"
                " WHERE connamespace = current_schema()::regnamespace)) AS i"
                " ORDER BY text COLLATE \"C\"");
    g_assert_cmpstr(got_indexes, ==, want_indexes);
    db_close(sqlite);
}

/* Others may have schemas in the same database, with thousands of tables. */
static void test_only_our_tables_are_looked_at_when_they_have_grown(Server *s,
                                                                    gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t foreign = -1;
    char *other = schema_make();
    g_autofree char *table = g_strconcat(other, ".other (id bigint)", NULL);
    on_server("CREATE TABLE", table);

    g_autoptr(DbTransaction) transaction = db_begin(s->one, &err);
    g_assert_no_error(err);
    db_settle(s->one, &err);
    g_assert_no_error(err);
    db_select_int(s->two,
                  "SELECT count(*) FROM pg_locks WHERE relation IN (SELECT oid FROM pg_class"
                  " WHERE relname = 'other')",
                  DB_NO_ARGS, &foreign, &err);
    g_assert_no_error(err);
    g_assert_cmpint(foreign, ==, 0);
    db_commit(&transaction, &err);
    g_assert_no_error(err);
    schema_drop(other);
}

static void skip(void)
{
    g_test_skip("MUSTER_TEST_STORE names no PostgreSQL");
}

static const struct {
    const char *path;
    void (*run)(Server *s, gconstpointer unused);
} TESTS[] = {
    { "/postgres/much-may-take-its-time", test_what_is_much_may_take_its_time },
    { "/postgres/kinds", test_the_server_s_errors_keep_their_kinds },
    { "/postgres/no-values", test_no_error_holds_a_value },
    { "/postgres/types", test_a_parameter_keeps_its_type },
    { "/postgres/integers", test_integers_have_64_bits },
    { "/postgres/columns", test_a_column_of_another_type_is_an_error },
    { "/postgres/batch", test_a_batch_is_many_rows },
    { "/postgres/batch-failure", test_the_first_row_that_fails_ends_a_batch },
    { "/postgres/cursor", test_a_cursor_gives_every_row_once },
    { "/postgres/cursor-beside", test_a_transaction_runs_beside_a_cursor },
    { "/postgres/cursor-lost", test_a_cursor_is_lost_with_the_connection },
    { "/postgres/one-writer", test_one_writer_of_the_domain_at_a_time },
    { "/postgres/skip-locked", test_claims_pass_over_what_others_hold },
    { "/postgres/settle", test_only_our_tables_are_looked_at_when_they_have_grown },
    { "/postgres/view", test_a_view_does_not_change },
    { "/postgres/durable", test_commits_are_durable_whatever_the_database_says },
    { "/postgres/keepalives", test_the_server_soon_notices_that_we_are_gone },
    { "/postgres/reconnect", test_a_lost_connection_is_made_anew },
    { "/postgres/lost", test_a_transaction_is_lost_with_the_connection },
    { "/postgres/listen", test_listening_goes_on_after_a_loss },
    { "/postgres/commit-not-arrived", test_a_commit_that_did_not_arrive_is_rolled_back },
    { "/postgres/commit-unanswered", test_a_commit_whose_answer_was_lost_is_done },
    { "/postgres/commit-unproven", test_the_number_of_a_commit_is_not_always_proof },
    { "/postgres/twins", test_both_stores_have_the_same_tables },
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/postgres/no-password", test_no_error_holds_the_password);
    for (size_t i = 0; i < G_N_ELEMENTS(TESTS); i++) {
        if (test_server() == NULL)
            g_test_add_func(TESTS[i].path, skip);
        else
            g_test_add(TESTS[i].path, Server, NULL, set_up, TESTS[i].run, tear_down);
    }
    return g_test_run();
}
