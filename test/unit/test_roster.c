#include "directory/roster.h"

#include <glib/gstdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "directory/office.h"
#include "directory_fixture.h"

#define CONFIG                                                                                 \
    "[community]\nlist = tld-ops@lists.example.org\n"                                          \
    "secretariat = Secretariat <secretariat@example.org>\n"

typedef struct {
    Fixture base;
    Config *config;
    char *share;
} RosterFixture;

static void set_up(RosterFixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    directory_set_up(&f->base, unused);
    config_parse(CONFIG, strlen(CONFIG), "/community/muster.conf", &f->config, &err);
    g_assert_no_error(err);
    f->share = paths_share(&err);
    g_assert_no_error(err);
}

static void tear_down(RosterFixture *f, gconstpointer unused)
{
    config_free(f->config);
    g_free(f->share);
    fixture_tear_down(&f->base, unused);
}

static Work context_at(const RosterFixture *f, int64_t now)
{
    return (Work){
        .db = f->base.db, .config = f->config, .share = f->share, .actor = "test", .now = now
    };
}

static int64_t at(const char *text)
{
    int64_t seconds = 0;
    g_assert_true(clock_parse(text, &seconds, NULL));
    return seconds;
}

static Roster build(const RosterFixture *f, int64_t now)
{
    g_autoptr(GError) err = NULL;
    const Work context = context_at(f, now);
    Roster roster = { 0 };
    roster_build(&context, &roster, &err);
    g_assert_no_error(err);
    return roster;
}

static void send_now(const RosterFixture *f, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(RosterSent) sent = NULL;
    const Work context = context_at(f, now);
    roster_send(&context, &sent, &err);
    g_assert_no_error(err);
}

static int64_t run_at(const RosterFixture *f, const char *now)
{
    g_autoptr(GError) err = NULL;
    const Work context = context_at(f, at(now));
    int64_t next_at = 0;
    roster_run(&context, &next_at, &err);
    g_assert_no_error(err);
    return next_at;
}

static int64_t rosters(const RosterFixture *f)
{
    return count_rows(f->base.db, "SELECT count(*) FROM roster");
}

static char *lines_of(const Roster *roster)
{
    g_autoptr(GPtrArray) texts = roster_lines_format(roster->lines);
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("\n", (char **) texts->pdata);
}

static int64_t add(Db *db, const char *tld, int64_t rank, const PersonInput *input)
{
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    contact_add(db, &EDIT, tld, rank, input, &id, &err);
    g_assert_no_error(err);
    return id;
}

static void test_lines_are_sorted_and_aligned(RosterFixture *f, gconstpointer unused)
{
    const PersonInput people[] = {
        { "Иван", "Петров", NULL, "+44 1632 960003", "ivan@nic.example", NULL, 0, NULL },
        { "王", "小明", "Wang Xiaoming", "+44 1632 960002", "wang@nic.example", NULL, 0, NULL },
        { "Zoë", "Müller", NULL, "+1 613 555 0100 ext 7", "zoe@nic.ca", "zoe@mail.example", 0,
          NULL },
        { "Ann", "Lee", NULL, "+44 1632 960001", "ann@nic.ac", NULL, 0, NULL },
    };
    add(f->base.db, "рф", 0, &people[0]);
    add(f->base.db, "ca", 2, &people[1]);
    add(f->base.db, "ca", 1, &people[2]);
    add(f->base.db, "ac", 0, &people[3]);
    add(f->base.db, "рф", 0, &people[3]);

    g_auto(Roster) roster = build(f, NOW);
    g_autofree char *got = lines_of(&roster);
    g_assert_cmpstr(
        got, ==,
        "TLD  rank  name                     mobile                 primary           "
        "secondary\n"
        ".ac  1     Ann Lee                  +44 1632 960001        ann@nic.ac        -\n"
        ".ca  1     Zoë Müller               +1 613 555 0100 ext 7  zoe@nic.ca        "
        "zoe@mail.example\n"
        ".ca  2     王 小明 (Wang Xiaoming)  +44 1632 960002        wang@nic.example  -\n"
        "\n"
        "TLD             rank  name                       mobile           primary           "
        "secondary\n"
        ".рф (xn--p1ai)  1     Иван Петров (Ivan Petrov)  +44 1632 960003  ivan@nic.example  "
        "-\n"
        ".рф (xn--p1ai)  2     Ann Lee                    +44 1632 960001  ann@nic.ac        "
        "-");
    g_assert_cmpint(roster.people, ==, 4);
    g_assert_cmpint(roster.tlds, ==, 3);
    g_assert_cmpint(roster.damaged, ==, 0);
}

/* Without the mark a screen would show the groups of the number from right to left. */
static void test_numbers_after_right_to_left_names_stay_in_order(RosterFixture *f,
                                                                 gconstpointer unused)
{
    const PersonInput person = { .given_name = "فاطمة",
                                 .family_name = "الحسيني",
                                 .mobile = "+44 1632 960004",
                                 .primary = "f@nic.example" };
    add(f->base.db, "مصر", 0, &person);
    g_auto(Roster) roster = build(f, NOW);
    g_autofree char *got = lines_of(&roster);
    g_assert_nonnull(strstr(got, "فاطمة الحسيني\u200e  +44 1632 960004"));
    g_assert_nonnull(strstr(got, ".مصر\u200e (xn--wgbh1c)"));
}

static void test_a_long_address_leaves_the_columns_of_others(RosterFixture *f,
                                                             gconstpointer unused)
{
    const PersonInput person = {
        .given_name = "Ann",
        .mobile = "+44 1632 960001",
        .primary = "a.very.long.address.that.goes.on@of.a.registry.with.a.long.name.example",
        .secondary = "ann@mail.example",
    };
    add(f->base.db, "ca", 0, &person);
    add_contact(f->base.db, "ca", "Bob", "bob@nic.ca");
    g_auto(Roster) roster = build(f, NOW);
    g_autofree char *got = lines_of(&roster);
    g_assert_nonnull(strstr(got, ".example  ann@mail.example\n"));
    g_assert_nonnull(strstr(got, "bob@nic.ca                                    -"));
}

/* What only somebody with a tool of his own can write. */
static const char SQLITE_DAMAGE[] =
    "UPDATE person SET given_name = CAST(x'4aff0a' AS TEXT), family_name = 'x' || "
    "char(10) || char(8238) WHERE id = 2;"
    "UPDATE person SET mobile = '+1' || char(7) WHERE id = 2;"
    "PRAGMA foreign_keys = OFF;";
static const char POSTGRES_DAMAGE[] =
    "UPDATE person SET given_name = 'J' || chr(10), family_name = 'x' || chr(10) || chr(8238),"
    " mobile = '+1' || chr(7) WHERE id = 2;"
    "ALTER TABLE seat DROP CONSTRAINT seat_person_id_fkey;";

static void test_damaged_data_is_shown_and_marked(RosterFixture *f, gconstpointer unused)
{
    add_contact(f->base.db, "ac", "Ann", "ann@nic.ac");
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    add_contact(f->base.db, "de", "Bob", "bob@nic.de");
    add_contact(f->base.db, "fr", "Eve", "eve@nic.fr");
    run_sql(f->base.db, takes_broken_text(f->base.db) ? SQLITE_DAMAGE : POSTGRES_DAMAGE);
    run_sql(f->base.db,
            "UPDATE person SET mobile_typed = NULL WHERE id = 2;"
            "DELETE FROM address WHERE person_id = 3;"
            "UPDATE address SET address = 'no address at all' WHERE person_id = 4;"
            "UPDATE person SET given_name = '', family_name = '' WHERE id = 4;"
            "INSERT INTO seat (tld, person_id, rank, since) VALUES ('gg', 99, 1, 0);");

    g_auto(Roster) roster = build(f, NOW);
    g_autofree char *got = lines_of(&roster);
    g_test_message("%s", got);
    g_assert_cmpint(roster.damaged, ==, 4);
    g_assert_nonnull(strstr(got, "Ann Doe"));
    g_assert_nonnull(strstr(got, "[!] name damaged, mobile number damaged"));
    g_assert_nonnull(strstr(got, "[!] primary address missing"));
    g_assert_nonnull(
        strstr(got, "no address at all  -  [!] primary address damaged, name missing"));
    g_assert_nonnull(strstr(got, ".gg  1     -"));
    g_assert_true(g_utf8_validate(roster.text, -1, NULL));
    send_now(f, NOW);
    g_assert_cmpint(rosters(f), ==, 1);
}

static void test_the_first_roster_tells_of_no_changes(RosterFixture *f, gconstpointer unused)
{
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    g_auto(Roster) roster = build(f, NOW);
    g_assert_cmpint(roster.changes, ==, 0);
    g_assert_nonnull(strstr(roster.text, "This is the first roster."));
    g_assert_null(strstr(roster.text, "WHAT CHANGED"));
    g_assert_cmpstr(roster.subject, ==,
                    "[TLD-OPS] Roster of 21 September 2026: 1 contacts of 1 TLDs");
    g_assert_nonnull(strstr(roster.text, "tld-ops+ca@lists.example.org"));
    g_assert_null(strstr(roster.text, "{{"));
}

static void test_changes_are_told_by_name(RosterFixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    Db *db = f->base.db;
    add_contact(db, "ac", "Ann", "ann@nic.ac");
    int64_t jane = add_contact(db, "ca", "Jane", "jane@nic.ca");
    add_contact(db, "ca", "Bob", "bob@nic.ca");
    int64_t eve = add_contact(db, "de", "Eve", "eve@nic.de");
    send_now(f, NOW);

    g_auto(Roster) same = build(f, NOW + 1);
    g_assert_nonnull(strstr(same.text, "WHAT CHANGED SINCE THE ROSTER OF 21 September 2026\n"
                                       "Nothing.\n"));

    add_contact(db, "рф", "Ivan", "ivan@nic.example");
    contact_remove(db, &EDIT, eve, NULL, &err);
    contact_change(db, &EDIT, jane,
                   &(PersonInput){ .given_name = "Joan",
                                   .mobile = "+1 613 555 0199",
                                   .secondary = "joan@mail.example" },
                   "ca", 2, &err);
    contact_change(db, &EDIT, 1, &(PersonInput){ .primary = "ann@nic.example" }, NULL, 0, &err);
    g_assert_no_error(err);

    g_auto(Roster) roster = build(f, NOW + 1);
    g_test_message("%s", roster.text);
    g_assert_cmpint(roster.changes, ==, 5);
    g_assert_nonnull(strstr(roster.text,
                            "OF 21 September 2026\n"
                            "New TLDs: .рф\n"
                            "TLDs that have no contact now: .de\n"
                            "+ .рф  Ivan Doe\n"
                            "- .de  Eve Doe\n"
                            "~ .ac  Ann Doe: primary address\n"
                            "~ .ca  Bob Doe: rank 1 (was 2)\n"
                            "~ .ca  Joan Doe: name (was Jane Doe), rank 2 (was 1), "
                            "mobile number, secondary address\n"));

    send_now(f, NOW + 2);
    g_auto(Roster) after = build(f, NOW + 3);
    g_assert_cmpint(after.changes, ==, 0);
}

static void test_sending_is_one_transaction(RosterFixture *f, gconstpointer unused)
{
    Db *db = f->base.db;
    add_contact(db, "ca", "Jane", "jane@nic.ca");
    add_contact(db, "ca", "Ann", "ann@nic.ca");
    send_now(f, NOW);

    g_autoptr(GPtrArray) history = roster_history(db, 10, NULL);
    const RosterSent *sent = history->pdata[0];
    g_assert_cmpuint(history->len, ==, 1);
    g_assert_null(sent->due_on);
    g_assert_cmpint(sent->contacts, ==, 2);
    g_assert_cmpint(sent->copies, ==, 2);
    g_assert_cmpint(count_rows(db, "SELECT count(*) FROM delivery WHERE state = 'waiting'"), ==,
                    2);
    g_assert_cmpint(count_rows(db, "SELECT count(*) FROM message WHERE kind = 'roster'"
                                   " AND bounces = 1"),
                    ==, 1);
    assert_journal(db, 3);
}

static void test_the_mail_has_what_mail_programs_look_for(RosterFixture *f,
                                                          gconstpointer unused)
{
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    send_now(f, NOW);
    g_autofree char *head = data_text(f->base.db, "SELECT data FROM message");
    static const char *const FIELDS[] = {
        "From: TLD-OPS <tld-ops@lists.example.org>\r\n",
        "To: TLD-OPS <tld-ops@lists.example.org>\r\n",
        "Reply-To: secretariat@example.org\r\n",
        "List-Id: TLD-OPS <tld-ops.lists.example.org>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Subject: [TLD-OPS] Roster of 21 September 2026: 1 contacts of 1 TLDs\r\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++)
        g_assert_nonnull(strstr(head, FIELDS[i]));
}

static void test_there_must_be_somebody_to_send_to(RosterFixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(RosterSent) sent = NULL;
    const Work context = context_at(f, NOW);
    g_assert_false(roster_send(&context, &sent, &err));
    g_assert_true(err_is(err, ERR_NOT_FOUND));
}

static void test_a_new_community_waits_for_its_first_day(RosterFixture *f, gconstpointer unused)
{
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    g_assert_cmpint(run_at(f, "2026-11-20T10:00:00Z"), ==, at("2026-12-01T06:00:00Z"));
    run_at(f, "2026-12-01T05:59:59Z");
    g_assert_cmpint(rosters(f), ==, 0);
    g_assert_cmpint(run_at(f, "2026-12-01T06:00:00Z"), ==, at("2026-12-15T06:00:00Z"));
    run_at(f, "2026-12-01T06:00:01Z");
    run_at(f, "2026-12-14T23:00:00Z");
    g_assert_cmpint(rosters(f), ==, 1);

    g_autoptr(GPtrArray) history = roster_history(f->base.db, 10, NULL);
    g_assert_cmpstr(((RosterSent *) history->pdata[0])->due_on, ==, "2026-12-01");
}

static void test_missed_days_are_caught_up_once(RosterFixture *f, gconstpointer unused)
{
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    run_at(f, "2026-11-20T10:00:00Z");
    run_at(f, "2027-01-20T10:00:00Z");
    run_at(f, "2027-01-20T10:00:01Z");
    g_assert_cmpint(rosters(f), ==, 1);

    g_autoptr(GPtrArray) history = roster_history(f->base.db, 10, NULL);
    g_assert_cmpstr(((RosterSent *) history->pdata[0])->due_on, ==, "2027-01-15");
    run_at(f, "2027-02-01T06:00:00Z");
    g_assert_cmpint(rosters(f), ==, 2);
}

static void test_one_sent_by_hand_covers_the_days_before(RosterFixture *f, gconstpointer unused)
{
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    run_at(f, "2026-11-20T10:00:00Z");
    send_now(f, at("2026-12-02"));
    run_at(f, "2026-12-03");
    g_assert_cmpint(rosters(f), ==, 1);
    run_at(f, "2026-12-15T06:00:00Z");
    g_assert_cmpint(rosters(f), ==, 2);
}

/* A host that starts with a clock years ahead must not end the roster for these years. */
static void test_a_clock_that_was_ahead_stops_nothing(RosterFixture *f, gconstpointer unused)
{
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    run_at(f, "2026-11-20T10:00:00Z");
    run_at(f, "2036-12-01T06:00:00Z");
    g_assert_cmpint(rosters(f), ==, 1);

    run_at(f, "2026-11-20T11:00:00Z");
    g_assert_cmpint(rosters(f), ==, 1);
    run_at(f, "2026-12-01T06:00:00Z");
    g_assert_cmpint(rosters(f), ==, 2);
    run_at(f, "2026-12-01T06:30:00Z");
    g_assert_cmpint(rosters(f), ==, 2);
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) history = roster_history(f->base.db, 1, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(((RosterSent *) history->pdata[0])->due_on, ==, "2026-12-01");
}

static void test_a_clock_set_back_sends_nothing_twice(RosterFixture *f, gconstpointer unused)
{
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    run_at(f, "2026-11-20T10:00:00Z");
    run_at(f, "2026-12-01T06:10:00Z");
    run_at(f, "2026-12-01T05:50:00Z");
    run_at(f, "2026-12-01T06:00:00Z");
    run_at(f, "2026-11-29T06:00:00Z"); /* by more than a day */
    run_at(f, "2026-12-01T06:00:00Z");
    g_assert_cmpint(rosters(f), ==, 1);
}

static void test_a_day_without_members_is_passed_over(RosterFixture *f, gconstpointer unused)
{
    run_at(f, "2026-11-20T10:00:00Z");
    run_at(f, "2026-12-01T06:00:00Z");
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    run_at(f, "2026-12-05T06:00:00Z");
    g_assert_cmpint(rosters(f), ==, 0);
    run_at(f, "2026-12-15T06:00:00Z");
    g_assert_cmpint(rosters(f), ==, 1);
}

static void test_a_broken_template_sends_nothing(RosterFixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *folder = g_dir_make_tmp("muster-test-XXXXXX", &err);
    g_autofree char *english = g_build_filename(folder, "en", NULL);
    g_autofree char *file = g_build_filename(english, "roster.mustache", NULL);
    g_assert_cmpint(g_mkdir_with_parents(english, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, "no subject\n{{lines}}\n", -1, &err));
    f->config->mail_templates = g_strdup(folder);
    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");

    const Work context = context_at(f, NOW);
    g_autoptr(RosterSent) sent = NULL;
    g_assert_false(roster_send(&context, &sent, &err));
    g_assert_true(err_is(err, ERR_INVALID));
    g_assert_cmpint(rosters(f), ==, 0);
    g_assert_cmpint(count_rows(f->base.db, "SELECT count(*) FROM message"), ==, 0);
    (void) g_unlink(file);
    (void) g_rmdir(english);
    (void) g_rmdir(folder);
}

#define ADD(path, function) g_test_add(path, RosterFixture, NULL, set_up, function, tear_down)

/* One line more than a roster may have, in a moment. */
static void test_a_roster_too_large_for_mail_is_refused(RosterFixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(RosterSent) sent = NULL;
    const Work context = context_at(f, NOW);
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO seat (tld, person_id, rank, since) WITH RECURSIVE n (i) AS (SELECT 2"
        " UNION ALL SELECT i + 1 FROM n WHERE i <= %d) SELECT 'ca', 1, i, 0 FROM n",
        ROSTER_LINES_MAX);

    add_contact(f->base.db, "ca", "Jane", "jane@nic.ca");
    if (g_str_equal(db_kind(f->base.db), "sqlite")) /* one person on every seat */
        run_sql(f->base.db, "DROP TABLE seat; CREATE TABLE seat (tld TEXT, person_id INTEGER,"
                            " rank INTEGER, since INTEGER)");
    else
        run_sql(f->base.db, "ALTER TABLE seat DROP CONSTRAINT seat_tld_person_id_key");
    run_sql(f->base.db, sql);
    if (count_rows(f->base.db, "SELECT count(*) FROM seat") <= ROSTER_LINES_MAX)
        run_sql(f->base.db, "INSERT INTO seat (tld, person_id, rank, since)"
                            " VALUES ('ca', 1, 1, 0)");
    g_assert_false(roster_send(&context, &sent, &err));
    g_assert_true(err_is(err, ERR_LIMIT));
    g_assert_cmpint(rosters(f), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/roster/lines", test_lines_are_sorted_and_aligned);
    ADD("/roster/right_to_left", test_numbers_after_right_to_left_names_stay_in_order);
    ADD("/roster/long_address", test_a_long_address_leaves_the_columns_of_others);
    ADD("/roster/damage", test_damaged_data_is_shown_and_marked);
    ADD("/roster/first", test_the_first_roster_tells_of_no_changes);
    ADD("/roster/changes", test_changes_are_told_by_name);
    ADD("/roster/send", test_sending_is_one_transaction);
    ADD("/roster/mail", test_the_mail_has_what_mail_programs_look_for);
    ADD("/roster/too_large", test_a_roster_too_large_for_mail_is_refused);
    ADD("/roster/nobody", test_there_must_be_somebody_to_send_to);
    ADD("/roster/first_day", test_a_new_community_waits_for_its_first_day);
    ADD("/roster/missed_days", test_missed_days_are_caught_up_once);
    ADD("/roster/by_hand", test_one_sent_by_hand_covers_the_days_before);
    ADD("/roster/clock_ahead", test_a_clock_that_was_ahead_stops_nothing);
    ADD("/roster/clock_set_back", test_a_clock_set_back_sends_nothing_twice);
    ADD("/roster/no_members", test_a_day_without_members_is_passed_over);
    ADD("/roster/broken_template", test_a_broken_template_sends_nothing);
    return g_test_run();
}
