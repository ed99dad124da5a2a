#include "membership/authority.h"

#include "base/config.h"
#include "base/err.h"
#include "base/limits.h"
#include "directory_fixture.h"
#include "membership/authority_address.h"
#include "membership/authority_change.h"
#include "membership/authority_compare.h"
#include "membership/authority_run.h"
#include "membership/dnssec.h"

#define DAY 86400

/* An answer of WHOIS about a TLD; what is NULL is left out. */
static GBytes *whois(const char *tld, const char *name, const char *email, const char *phone)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "domain: %s\norganisation: Example Registry\n", tld);
    g_string_append(text, "contact: administrative\n");
    if (name != NULL)
        g_string_append_printf(text, "name: %s\n", name);
    if (phone != NULL)
        g_string_append_printf(text, "phone: %s\n", phone);
    if (email != NULL)
        g_string_append_printf(text, "e-mail: %s\n", email);
    g_string_append(text, "contact: technical\ne-mail: tech@nic.example\nds-rdata: 1 8 2 00\n"
                          "status: ACTIVE\nsource: IANA\n");
    return g_string_free_to_bytes(text);
}

static GBytes *bytes_of(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

static GBytes *rdap(const char *tld, const char *email)
{
    g_autofree char *text = g_strdup_printf(
        "{\"objectClassName\":\"domain\",\"ldhName\":\"%s\",\"entities\":["
        "{\"roles\":[\"administrative\"],\"vcardArray\":[\"vcard\",[[\"email\",{},\"text\","
        "\"%s\"]]]},{\"roles\":[\"technical\"],\"vcardArray\":[\"vcard\",[[\"email\",{},"
        "\"text\",\"tech@nic.example\"]]]}]}",
        tld, email);
    return bytes_of(text);
}

/* Takes in what both said; NULL: that source was silent. Takes both. */
static AuthorityOutcome take_at(Db *db, const char *tld, GBytes *by_whois, GBytes *by_rdap,
                                int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_auto(AuthorityTaken) taken = { .changes = NULL };
    GBytes *const said[IANA_SOURCES] = { [IANA_WHOIS] = by_whois, [IANA_RDAP] = by_rdap };
    IanaAnswer answers[IANA_SOURCES] = { { .bytes = NULL }, { .bytes = NULL } };
    for (size_t i = 0; i < IANA_SOURCES; i++) {
        if (said[i] != NULL)
            iana_read((IanaSource) i, tld, said[i], &answers[i]);
        else
            err_set(&answers[i].failure, ERR_TEMPORARY, "it was silent");
    }
    authority_take(db, "cli:tester", tld, answers, now, &taken, &err);
    g_assert_no_error(err);
    for (size_t i = 0; i < IANA_SOURCES; i++)
        iana_answer_clear(&answers[i]);
    return taken.outcome;
}

#define take(db, by_whois, by_rdap) take_at(db, "ca", by_whois, by_rdap, NOW)

static Authority *get(Db *db, const char *tld)
{
    g_autoptr(GError) err = NULL;
    Authority *authority = NULL;
    authority_get(db, tld, &authority, &err);
    g_assert_no_error(err);
    return authority;
}

/* Where confirmations for the administrative contact go, or why nowhere. */
static char *address_or_reason(Db *db, const char *tld)
{
    g_autoptr(GError) err = NULL;
    char *address = NULL;
    char *why = NULL;
    authority_address(db, tld, AUTHORITY_ADMINISTRATIVE, &address, &why, &err);
    g_assert_no_error(err);
    g_assert_true((address == NULL) != (why == NULL));
    return address != NULL ? address : why;
}

static void assert_address(Db *db, const char *want_part)
{
    g_autofree char *got = address_or_reason(db, "ca");
    g_test_message("%s", got);
    g_assert_nonnull(strstr(got, want_part));
}

static GBytes *usual(void)
{
    return whois("CA", "Ann Example", "admin@nic.example", "+1 613 555 0100");
}

static void test_first_answer_is_put_on_file(Fixture *f, gconstpointer unused)
{
    g_assert_cmpint(take(f->db, usual(), rdap("ca", "Admin@nic.example")), ==, AUTHORITY_NEW);
    g_autoptr(Authority) authority = get(f->db, "ca");
    g_assert_cmpstr(authority->record.organisation, ==, "Example Registry");
    g_assert_cmpstr(authority->record.administrative.name, ==, "Ann Example");
    g_assert_cmpstr(authority->record.dnssec, ==, "signed");
    g_assert_cmpint(authority->read_at, ==, NOW);
    g_assert_cmpint(authority->unseen, ==, 0);
    assert_address(f->db, "dmin@nic.example");
    assert_journal(f->db, 1);
}

static void test_nothing_is_known_before_iana_was_asked(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    Authority *authority = NULL;
    assert_address(f->db, "nothing is known from IANA about .ca");
    g_assert_false(authority_get(f->db, "ca", &authority, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

static void test_same_answer_changes_nothing(Fixture *f, gconstpointer unused)
{
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    g_assert_cmpint(take_at(f->db, "ca",
                            whois("CA", "ANN  Example", "ADMIN@nic.example", "+16135550100"),
                            rdap("ca", "admin@nic.example"), NOW + DAY),
                    ==, AUTHORITY_SAME);
    g_autoptr(Authority) authority = get(f->db, "ca");
    g_assert_cmpint(authority->read_at, ==, NOW + DAY);
    assert_journal(f->db, 1);
}

static void test_change_is_listed_and_journaled_field_by_field(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    g_assert_cmpint(take(f->db, whois("CA", "Bea Example", "bea@nic.example", NULL),
                         rdap("ca", "bea@nic.example")),
                    ==, AUTHORITY_CHANGED);
    g_autoptr(GPtrArray) changes = authority_changes(f->db, "ca", true, &err);
    g_assert_cmpuint(changes->len, ==, 3);
    const AuthorityChange *email = changes->pdata[0];
    g_assert_cmpstr(email->field, ==, "administrative_email");
    g_assert_cmpstr(email->old_value, ==, "admin@nic.example");
    g_assert_cmpstr(email->new_value, ==, "bea@nic.example");
    g_assert_true(email->is_weighty);
    const AuthorityChange *phone = changes->pdata[1];
    g_assert_null(phone->new_value);

    g_autoptr(GPtrArray) values = journal_values(f->db, 2, &err);
    g_assert_cmpuint(values->len, ==, 6);
    g_assert_cmpstr(((JournalRowValue *) values->pdata[4])->name, ==,
                    "old administrative e-mail");
    g_assert_cmpstr(((JournalRowValue *) values->pdata[5])->value, ==, "bea@nic.example");
    assert_journal(f->db, 2);
}

static void test_change_keeps_confirmations_back_until_it_is_seen(Fixture *f,
                                                                  gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t count = 0;
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    take(f->db, whois("CA", "Ann Example", "bea@nic.example", "+1 613 555 0100"),
         rdap("ca", "bea@nic.example"));
    assert_address(f->db, "the secretariat has not seen it");
    g_assert_true(authority_see(f->db, "cli:kim", "ca", NOW, &count, &err));
    g_assert_cmpint(count, ==, 1);
    assert_address(f->db, "bea@nic.example");
    g_assert_true(authority_see(f->db, "cli:kim", "ca", NOW, &count, &err));
    g_assert_cmpint(count, ==, 0);
    assert_journal(f->db, 3);
}

/* A street, a fax number or DNSSEC say nothing of who speaks for the TLD. */
static void test_slight_change_keeps_nothing_back(Fixture *f, gconstpointer unused)
{
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    run_sql(f->db, "UPDATE authority SET address = 'elsewhere', dnssec = 'unsigned'");
    g_assert_cmpint(take(f->db, usual(), rdap("ca", "admin@nic.example")), ==,
                    AUTHORITY_CHANGED);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM authority_change"), ==, 2);
    assert_address(f->db, "admin@nic.example");
}

/* A change of the one contact does not stop what the other one confirms. */
static void test_change_concerns_its_own_contact(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    bool has = false;
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    run_sql(f->db, "UPDATE authority SET technical_name = 'Ted Other'");
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    g_assert_true(authority_has_unseen_change(f->db, "ca", AUTHORITY_TECHNICAL, &has, &err));
    g_assert_true(has);
    g_assert_true(
        authority_has_unseen_change(f->db, "ca", AUTHORITY_ADMINISTRATIVE, &has, &err));
    g_assert_false(has);
    run_sql(f->db, "UPDATE authority SET organisation = 'Other Registry'");
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    g_assert_true(
        authority_has_unseen_change(f->db, "ca", AUTHORITY_ADMINISTRATIVE, &has, &err));
    g_assert_true(has);
}

static void test_silence_leaves_all_as_it_was(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(AuthoritySource) source = { .record = NULL };
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    g_assert_cmpint(take_at(f->db, "ca", NULL, NULL, NOW + DAY), ==, AUTHORITY_FAILED);
    g_autoptr(Authority) authority = get(f->db, "ca");
    g_assert_cmpint(authority->read_at, ==, NOW);
    g_assert_cmpint(authority->asked_at, ==, NOW + DAY);
    assert_address(f->db, "admin@nic.example");
    authority_source_get(f->db, "ca", IANA_WHOIS, &source, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(source.failure, ==, "it was silent");
    g_assert_cmpstr(source.record->administrative.name, ==, "Ann Example");
    assert_journal(f->db, 1);
}

static void test_answer_about_another_tld_is_none(Fixture *f, gconstpointer unused)
{
    g_autoptr(GBytes) none = bytes_of("");
    g_assert_cmpint(take(f->db, whois("FR", "Eve", "eve@evil.example", NULL),
                         rdap("fr", "eve@evil.example")),
                    ==, AUTHORITY_FAILED);
    g_assert_cmpint(take(f->db, g_bytes_ref(none), g_bytes_ref(none)), ==, AUTHORITY_FAILED);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM authority"), ==, 0);
}

static void test_address_of_one_source_waits_for_a_second_look(Fixture *f, gconstpointer unused)
{
    take(f->db, usual(), NULL);
    assert_address(f->db, "seen again, or by both");
    take_at(f->db, "ca", usual(), NULL, NOW + IANA_SECOND_LOOK_S);
    assert_address(f->db, "admin@nic.example");
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM authority_change"), ==, 0);
    assert_journal(f->db, 2);
}

static void test_forged_whois_moves_no_confirmation(Fixture *f, gconstpointer unused)
{
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    take(f->db, whois("CA", "Ann Example", "eve@evil.example", "+1 613 555 0100"),
         rdap("ca", "admin@nic.example"));
    assert_address(f->db, "contradict each other");
    g_autoptr(Authority) authority = get(f->db, "ca");
    g_assert_cmpstr(authority->record.administrative.email, ==, "admin@nic.example");
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    assert_address(f->db, "admin@nic.example");
}

static void test_person_decides_between_sources(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    take(f->db, usual(), rdap("ca", "other@nic.example"));
    assert_address(f->db, "contradict each other");
    authority_accept(f->db, "cli:kim", "ca", IANA_RDAP, NOW, &err);
    g_assert_no_error(err);
    assert_address(f->db, "other@nic.example");
    take(f->db, usual(), rdap("ca", "other@nic.example"));
    assert_address(f->db, "other@nic.example");

    g_assert_false(authority_accept(f->db, "cli:kim", "fr", IANA_RDAP, NOW, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

/* Entries, and a part of why their address is not used. */
static void test_address_that_is_of_no_use(Fixture *f, gconstpointer unused)
{
    take(f->db, whois("CA", NULL, "nobody at nic", NULL), rdap("ca", "nobody at nic"));
    assert_address(f->db, "is no address");
    take_at(f->db, "fr", whois("FR", NULL, NULL, NULL), rdap("fr", ""), NOW);
    g_autofree char *none = address_or_reason(f->db, "fr");
    g_assert_cmpstr(none, ==, "IANA publishes no administrative address");
    take_at(f->db, "de", bytes_of("domain: DE\norganisation: Not assigned\nsource: IANA\n"),
            NULL, NOW);
    g_autofree char *former = address_or_reason(f->db, "de");
    g_assert_nonnull(strstr(former, "\"not assigned\" at IANA"));
}

/* Runs */

static int64_t due(Db *db, int64_t days, int64_t now, bool *ret_is_whole)
{
    g_autoptr(GError) err = NULL;
    const Config config = { .iana_sync_days = days };
    int64_t at = 0;
    authority_run_due(db, &config, now, &at, ret_is_whole, &err);
    g_assert_no_error(err);
    return at;
}

static void test_one_run_is_at_work_at_a_time(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(authority_run_begin(f->db, "one", NOW, &err));
    g_assert_false(authority_run_begin(f->db, "two", NOW + 1, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
    g_assert_nonnull(strstr(err->message, "by one, "));
    g_clear_error(&err);

    g_assert_true(authority_run_go_on(f->db, "one", NOW + 600, &err));
    g_assert_false(authority_run_begin(f->db, "two", NOW + 600 + IANA_LEASE_S - 1, NULL));
    g_assert_true(authority_run_begin(f->db, "two", NOW + 600 + IANA_LEASE_S, &err));
    g_assert_false(authority_run_go_on(f->db, "one", NOW + 700 + IANA_LEASE_S, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_DENIED);
}

static void test_run_falls_due_after_days_a_failure_or_a_doubt(Fixture *f, gconstpointer unused)
{
    bool is_whole = false;
    g_assert_cmpint(due(f->db, 7, NOW, &is_whole), ==, NOW);
    g_assert_true(is_whole);
    g_assert_cmpint(due(f->db, 0, NOW, &is_whole), ==, -1);

    g_assert_true(authority_run_begin(f->db, "one", NOW, NULL));
    g_assert_cmpint(due(f->db, 7, NOW + 1, &is_whole), ==, NOW + IANA_LEASE_S);
    g_assert_true(authority_run_end(f->db, "one", true, "they were silent", NOW + 2, NULL));
    g_assert_cmpint(due(f->db, 7, NOW + 3, &is_whole), ==, NOW + 2 + IANA_RETRY_S);
    g_assert_true(authority_run_begin(f->db, "one", NOW + 4, NULL));
    g_assert_true(authority_run_end(f->db, "one", true, NULL, NOW + 5, NULL));
    g_assert_cmpint(due(f->db, 7, NOW + 6, &is_whole), ==, NOW + 5 + 7 * DAY);

    take(f->db, usual(), NULL);
    g_assert_cmpint(due(f->db, 7, NOW + 6, &is_whole), ==, NOW + IANA_SECOND_LOOK_S);
    g_assert_false(is_whole);
    /* A clock that was set back a year makes nobody wait a year. */
    g_assert_cmpint(due(f->db, 7, NOW - 365 * DAY, &is_whole), <=, NOW - 358 * DAY);
}

static void test_run_that_failed_for_long_is_overdue(Fixture *f, gconstpointer unused)
{
    const Config weekly = { .iana_sync_days = 7 };
    const Config never = { .iana_sync_days = 0 };
    AuthorityRun run = { .done_at = NOW };
    g_assert_false(authority_run_is_overdue(&run, &weekly, NOW + 30 * DAY));
    run.failed_at = NOW + 7 * DAY;
    g_assert_false(authority_run_is_overdue(&run, &weekly, NOW + 8 * DAY));
    g_assert_true(authority_run_is_overdue(&run, &weekly, NOW + 8 * DAY + 1));
    g_assert_false(authority_run_is_overdue(&run, &never, NOW + 30 * DAY));
}

static char *labels(Db *db, bool is_whole, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) tlds = authority_run_tlds(db, is_whole, now, &err);
    g_assert_no_error(err);
    g_ptr_array_add(tlds, NULL);
    return g_strjoinv(" ", (char **) tlds->pdata);
}

static void test_run_asks_first_for_what_is_oldest(Fixture *f, gconstpointer unused)
{
    take_at(f->db, "ac", NULL, NULL, NOW);
    take_at(f->db, "ad", whois("AD", NULL, "a@nic.example", NULL), NULL, NOW - 1);
    g_autofree char *all = labels(f->db, true, NOW);
    g_assert_true(g_str_has_prefix(all, "ae af "));
    g_assert_true(g_str_has_suffix(all, " ad ac"));
    g_autofree char *soon = labels(f->db, false, NOW);
    g_assert_cmpstr(soon, ==, "");
    g_autofree char *later = labels(f->db, false, NOW + IANA_SECOND_LOOK_S);
    g_assert_cmpstr(later, ==, "ad");
}

/* Comparing and counting */

static void test_our_contacts_beside_those_at_iana(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    take(f->db, whois("CA", "jane doe", "Jane@nic.example", "+1.613.555.0100"),
         rdap("ca", "jane@nic.example"));
    int64_t id = add_contact(f->db, "ca", "Jane", "jane@nic.example");
    g_autoptr(Contact) contact = NULL;
    g_assert_true(contact_get(f->db, id, &contact, &err));
    g_autoptr(Authority) authority = get(f->db, "ca");
    AuthorityComparison same = authority_compare(authority, contact->person);
    g_assert_cmpstr(authority_match_text(&same.name), ==, "same as administrative");
    g_assert_cmpstr(authority_match_text(&same.primary), ==, "same as administrative");
    g_assert_cmpstr(authority_match_text(&same.mobile), ==, "same as administrative");
    g_assert_null(authority_match_text(&same.secondary));

    int64_t other_id = add_contact(f->db, "ca", "Joe", "tech@nic.example");
    g_autoptr(Contact) other = NULL;
    g_assert_true(contact_get(f->db, other_id, &other, &err));
    AuthorityComparison differs = authority_compare(authority, other->person);
    g_assert_cmpstr(authority_match_text(&differs.name), ==, "differs");
    g_assert_cmpstr(authority_match_text(&differs.primary), ==, "same as technical");
}

static void test_signed_tlds_are_counted_of_those_known(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(DnssecStatistics) statistics = { .unknown = 0 };
    take(f->db, usual(), rdap("ca", "admin@nic.example"));
    take_at(f->db, "fr", bytes_of("domain: FR\nsource: IANA\n"), NULL, NOW - 5);
    dnssec_statistics_read(f->db, &statistics, &err);
    g_assert_no_error(err);
    g_assert_cmpint(statistics.total.all.members, ==, 1);
    g_assert_cmpint(statistics.total.all.all, ==, 2);
    g_assert_cmpint(statistics.unknown, ==, 307);
    g_assert_cmpint(statistics.oldest_at, ==, NOW - 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/authority/first-answer-is-put-on-file",
                       test_first_answer_is_put_on_file);
    ADD_DIRECTORY_TEST("/authority/nothing-is-known-before-iana-was-asked",
                       test_nothing_is_known_before_iana_was_asked);
    ADD_DIRECTORY_TEST("/authority/same-answer-changes-nothing",
                       test_same_answer_changes_nothing);
    ADD_DIRECTORY_TEST("/authority/change-is-listed-and-journaled-field-by-field",
                       test_change_is_listed_and_journaled_field_by_field);
    ADD_DIRECTORY_TEST("/authority/change-keeps-confirmations-back-until-it-is-seen",
                       test_change_keeps_confirmations_back_until_it_is_seen);
    ADD_DIRECTORY_TEST("/authority/slight-change-keeps-nothing-back",
                       test_slight_change_keeps_nothing_back);
    ADD_DIRECTORY_TEST("/authority/change-concerns-its-own-contact",
                       test_change_concerns_its_own_contact);
    ADD_DIRECTORY_TEST("/authority/silence-leaves-all-as-it-was",
                       test_silence_leaves_all_as_it_was);
    ADD_DIRECTORY_TEST("/authority/answer-about-another-tld-is-none",
                       test_answer_about_another_tld_is_none);
    ADD_DIRECTORY_TEST("/authority/address-of-one-source-waits-for-a-second-look",
                       test_address_of_one_source_waits_for_a_second_look);
    ADD_DIRECTORY_TEST("/authority/forged-whois-moves-no-confirmation",
                       test_forged_whois_moves_no_confirmation);
    ADD_DIRECTORY_TEST("/authority/person-decides-between-sources",
                       test_person_decides_between_sources);
    ADD_DIRECTORY_TEST("/authority/address-that-is-of-no-use", test_address_that_is_of_no_use);
    ADD_DIRECTORY_TEST("/authority/one-run-is-at-work-at-a-time",
                       test_one_run_is_at_work_at_a_time);
    ADD_DIRECTORY_TEST("/authority/run-falls-due-after-days-a-failure-or-a-doubt",
                       test_run_falls_due_after_days_a_failure_or_a_doubt);
    ADD_DIRECTORY_TEST("/authority/run-that-failed-for-long-is-overdue",
                       test_run_that_failed_for_long_is_overdue);
    ADD_DIRECTORY_TEST("/authority/run-asks-first-for-what-is-oldest",
                       test_run_asks_first_for_what_is_oldest);
    ADD_DIRECTORY_TEST("/authority/our-contacts-beside-those-at-iana",
                       test_our_contacts_beside_those_at_iana);
    ADD_DIRECTORY_TEST("/authority/signed-tlds-are-counted-of-those-known",
                       test_signed_tlds_are_counted_of_those_known);
    return g_test_run();
}
