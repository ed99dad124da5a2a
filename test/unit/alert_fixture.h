/* A community in memory, mail that comes in, and what becomes of it, for tests of alert/. */
#pragma once

#include "alert/post_desk.h"
#include "alert/process.h"
#include "base/address.h"
#include "base/err.h"
#include "directory/office.h"
#include "directory_fixture.h"

#define PROVEN "Authentication-Results: mx.example.org; dmarc=pass header.from=nic.example\r\n"
#define HOUR   3600

static const char CONF[] = "[community]\n"
                           "name = TLD-OPS\n"
                           "list = tld-ops@lists.example.org\n"
                           "secretariat = Secretariat <secretariat@example.org>\n"
                           "authserv-id = mx.example.org\n"
                           "[policy]\n"
                           "max-post-size = 64K\n";

typedef struct {
    Fixture store;
    Config *config;
    char *share;
    Work work;
} Community;

static inline void add_person(Community *c, const char *tld, const char *name,
                              const char *primary, const char *secondary)
{
    g_autoptr(GError) err = NULL;
    const Edit edit = { .actor = "cli:test", .now = NOW, .contacts_per_tld = 3 };
    const PersonInput input = { .given_name = name,
                                .family_name = "Doe",
                                .mobile = "+1 613 555 0100",
                                .primary = primary,
                                .secondary = secondary };
    int64_t id = 0;
    if (tld != NULL)
        contact_add(c->store.db, &edit, tld, 0, &input, &id, &err);
    else
        office_grant_new(c->store.db, &edit, &input, "chair", NOW, &id, &err);
    g_assert_no_error(err);
}

/* Jane and Joe speak for .ca, Li for .рф, Chris is the chair. */
static inline void community_set_up(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    directory_set_up(&c->store, NULL);
    c->share = paths_share(&err);
    config_parse(CONF, strlen(CONF), "/etc/muster/muster.conf", &c->config, &err);
    g_assert_no_error(err);
    c->work = (Work){ c->store.db, c->config, c->share, "worker", NOW };
    add_person(c, "ca", "Jane", "jane@nic.example", "jane@mail.example");
    add_person(c, "ca", "Joe", "joe@nic.example", NULL);
    add_person(c, "xn--p1ai", "Li", "li@registry.example", NULL);
    add_person(c, NULL, "Chris", "chris@chair.example", NULL);
}

static inline void community_tear_down(Community *c, gconstpointer unused)
{
    config_free(c->config);
    g_free(c->share);
    fixture_tear_down(&c->store, NULL);
}

/* Puts a mail into the inbox and claims it. */
static inline InboxItem *take_in(Community *c, const char *from, const char *recipient,
                                 const char *text)
{
    g_autoptr(GError) err = NULL;
    g_auto(Route) route = route_of(c->config->list, recipient);
    g_autoptr(GBytes) data = g_bytes_new(text, strlen(text));
    const InboxMail mail = { .envelope_from = from, .data = data };
    const InboxRecipient to = { recipient, route.kind, route.detail };
    InboxItem *item = NULL;
    inbox_store(c->store.db, &mail, &to, 1, c->work.now, &err);
    g_assert_no_error(err);
    inbox_claim(c->store.db, "worker", c->work.now, &item, &err);
    g_assert_no_error(err);
    g_assert_nonnull(item);
    return item;
}

static inline void work_on(Community *c, const InboxItem *item)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = message_read(item->data, &err);
    g_assert_no_error(err);
    process_item(&c->work, item, message, &err);
    g_assert_no_error(err);
}

/* Hands a mail over and lets the worker work on it; the row's number. */
static inline int64_t receive(Community *c, const char *from, const char *recipient,
                              const char *text)
{
    g_autoptr(InboxItem) item = take_in(c, from, recipient, text);
    work_on(c, item);
    return item->id;
}

/* Lets the worker work on all that waits; how many rows that were. */
static inline int work(Community *c)
{
    for (int rows = 0;; rows++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(InboxItem) item = NULL;
        inbox_claim(c->store.db, "worker", c->work.now, &item, &err);
        g_assert_no_error(err);
        if (item == NULL)
            return rows;
        work_on(c, item);
    }
}

static inline InboxItem *row(Community *c, int64_t id)
{
    g_autoptr(GError) err = NULL;
    InboxItem *item = NULL;
    inbox_get(c->store.db, id, &item, &err);
    g_assert_no_error(err);
    return item;
}

static inline void assert_row(Community *c, int64_t id, const char *state, const char *reason)
{
    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, state);
    g_assert_cmpstr(item->reason, ==, reason);
}

static inline int64_t count(Community *c, const char *sql)
{
    g_autoptr(GError) err = NULL;
    int64_t number = -1;
    db_select_int(c->store.db, sql, DB_NO_ARGS, &number, &err);
    g_assert_no_error(err);
    return number;
}

static inline char *text_of(Community *c, const char *sql)
{
    g_autoptr(GError) err = NULL;
    char *text = NULL;
    db_select_text(c->store.db, sql, DB_NO_ARGS, &text, &err);
    g_assert_no_error(err);
    return g_steal_pointer(&text);
}

/* Whom the last message goes to, with commas, in order. */
static inline void assert_last_sent(Community *c, const char *kind, const char *addresses)
{
    g_autofree char *got_kind = text_of(c, "SELECT kind FROM message ORDER BY id DESC LIMIT 1");
    g_autofree char *got = join_texts(c->store.db,
                                      "SELECT address AS text FROM delivery WHERE message_id ="
                                      " (SELECT max(id) FROM message) ORDER BY address",
                                      ",");
    g_assert_cmpstr(got_kind, ==, kind);
    g_assert_cmpstr(got, ==, addresses);
}

/* The text of the last message as it goes out. */
static inline char *last_mail(Community *c)
{
    return data_text(c->store.db, "SELECT data FROM message ORDER BY id DESC LIMIT 1");
}

static inline int64_t messages(Community *c)
{
    return count(c, "SELECT count(*) FROM message");
}

#define ADD_ALERT_TEST(path, function)                                                         \
    g_test_add(path, Community, NULL, community_set_up, function, community_tear_down)
