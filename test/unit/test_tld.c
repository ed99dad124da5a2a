#include "directory/tld.h"

#include "base/err.h"
#include "base/limits.h"
#include "directory_fixture.h"
#include "store/journal.h"

/* What people type and paste, and the A-label it names. */
static const struct {
    const char *text;
    const char *want;
} NAMED[] = {
    /* clang-format off */
    { "ca", "ca" },
    { ".ca", "ca" },
    { "CA", "ca" },
    { " .Ca\n", "ca" },
    { "ca.", "ca" },
    { "．ｃａ", "ca" },
    { "。ca", "ca" },
    { "рф", "xn--p1ai" },
    { ".РФ", "xn--p1ai" },
    { "XN--P1AI", "xn--p1ai" },
    { ".xn--p1ai", "xn--p1ai" },
    { "\u200f.مصر\u200f", "xn--wgbh1c" },
    { "\u202b.مصر\u202c", "xn--wgbh1c" },
    { "中國", "xn--fiqz9s" },
    { "中国", "xn--fiqs8s" },
    { "சிங்கப்பூர்", "xn--clchc0ea0b2g2a9gcd" },
    { "ΕΛ", "xn--qxam" },
    { "ไทย", "xn--o3cw4h" },
    { "uk", "uk" },
    { "gb", "gb" },
    { "eu", "eu" },
    { "su", "su" },
    /* clang-format on */
};

/* What is no ccTLD, and a part of the reason. */
static const struct {
    const char *text;
    const char *reason;
} REFUSED[] = {
    /* clang-format off */
    { "", "it is empty" },
    { " . ", "it is empty" },
    { "com", "generic TLDs are not eligible" },
    { ".Berlin", ".berlin is no country-code TLD" },
    { "москва", "geographic ones too" },
    { "xn--80adxhks", ".москва (xn--80adxhks)" },
    { "an", ".an (Netherlands Antilles) is retired: it left the root zone in 2015" },
    { ".EH", "unassigned: it was never delegated" },
    { "xx", ".xx is not delegated" },
    { "c1", ".c1 is no country-code TLD" },
    { "nic.ca", "want one label" },
    { "jane@nic.ca", "want a label" },
    { "c a", "want a label" },
    { "c_a", "want a label" },
    { "127.0.0.1", "want a label" },
    { "ca\xff\xfe.", "not valid UTF-8" },
    { "xn--", "want a label" },
    /* clang-format on */
};

static void test_a_tld_is_named_in_many_ways(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(NAMED); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(Tld) tld = NULL;
        g_test_message("%s", NAMED[i].text);
        g_assert_true(tld_parse(f->db, NAMED[i].text, &tld, &err));
        g_assert_no_error(err);
        g_assert_cmpstr(tld->a_label, ==, NAMED[i].want);
    }
}

static void test_what_is_no_cctld_is_refused_with_the_reason(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
        g_autoptr(GError) err = NULL;
        Tld *tld = NULL;
        g_test_message("%s", REFUSED[i].text);
        g_assert_false(tld_parse(f->db, REFUSED[i].text, &tld, &err));
        g_assert_true(err_is(err, ERR_INVALID));
        g_test_message("%s", err->message);
        g_assert_nonnull(strstr(err->message, REFUSED[i].reason));
        g_assert_null(tld);
    }
}

static void test_every_label_of_the_table_reads_back(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) tlds = tld_list(f->db, TLD_ALL, NULL, &err);
    g_assert_no_error(err);
    for (guint i = 0; i < tlds->len; i++) {
        const Tld *tld = tlds->pdata[i];
        g_autoptr(Tld) from_a_label = NULL;
        g_autoptr(Tld) from_u_label = NULL;
        g_assert_true(tld_parse(f->db, tld->a_label, &from_a_label, &err));
        g_assert_true(tld_parse(f->db, tld->u_label, &from_u_label, &err));
        g_assert_cmpstr(from_a_label->u_label, ==, tld->u_label);
        g_assert_cmpstr(from_u_label->a_label, ==, tld->a_label);
    }
}

static guint count(Db *db, TldWhich which, const char *region)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) tlds = tld_list(db, which, region, &err);
    g_assert_no_error(err);
    return tlds->len;
}

static void test_the_table_counts_as_the_root_zone_does(Fixture *f, gconstpointer unused)
{
    g_assert_cmpuint(count(f->db, TLD_ALL, NULL), ==, 309);
    g_assert_cmpuint(count(f->db, TLD_ALL, "AF"), ==, 60);
    g_assert_cmpuint(count(f->db, TLD_ALL, "AP"), ==, 119);
    g_assert_cmpuint(count(f->db, TLD_ALL, "EU"), ==, 89);
    g_assert_cmpuint(count(f->db, TLD_ALL, "LAC"), ==, 34);
    g_assert_cmpuint(count(f->db, TLD_ALL, "NA"), ==, 7);
    g_assert_cmpuint(count(f->db, TLD_MEMBERS, NULL), ==, 0);
    g_assert_cmpuint(count(f->db, TLD_MISSING, NULL), ==, 309);
}

static void test_the_list_has_ascii_first(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) tlds = tld_list(f->db, TLD_ALL, NULL, &err);
    g_assert_cmpstr(((Tld *) tlds->pdata[0])->a_label, ==, "ac");
    g_assert_cmpstr(((Tld *) tlds->pdata[247])->a_label, ==, "zw");
    g_assert_cmpstr(((Tld *) tlds->pdata[248])->a_label, ==, "xn--2scrj9c");
    g_assert_false(((Tld *) tlds->pdata[247])->is_idn);
    g_assert_true(((Tld *) tlds->pdata[248])->is_idn);
}

static void assert_set(Db *db, const char *a_label, const TldChange *change)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(tld_set(db, a_label, change, "cli:tester", NOW, &err));
    g_assert_no_error(err);
}

static Tld *get(Db *db, const char *a_label)
{
    g_autoptr(GError) err = NULL;
    Tld *tld = NULL;
    g_assert_true(tld_find(db, a_label, &tld, &err));
    g_assert_nonnull(tld);
    return tld;
}

static void test_edits_survive_a_renewal_of_the_table(Fixture *f, gconstpointer unused)
{
    const TldChange change = {
        .region = "lac", .organisation = "CENTR", .contact_limit = 5, .approver = "the council"
    };
    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    assert_set(f->db, "ca", &change);
    g_assert_true(tld_install(f->db, share, &err));
    g_assert_no_error(err);

    g_autoptr(Tld) tld = get(f->db, "ca");
    g_assert_cmpstr(tld->region, ==, "LAC");
    g_assert_cmpstr(tld->organisation, ==, "CENTR");
    g_assert_cmpint(tld->contact_limit, ==, 5);
    g_assert_cmpstr(tld->contact_limit_by, ==, "the council");
    g_assert_cmpint(tld->contact_limit_at, ==, NOW);
}

static void test_a_tld_that_left_the_table_goes(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    run_sql(f->db, "INSERT INTO tld (a_label, u_label, iso3166, name, kind, region)"
                   " VALUES ('zz', 'zz', 'ZZ', 'Nowhere', 'ascii', 'EU')");
    g_assert_true(tld_install(f->db, share, &err));
    g_assert_cmpuint(count(f->db, TLD_ALL, NULL), ==, 309);
}

static char *last_details(Db *db)
{
    g_autoptr(GError) err = NULL;
    char *details = NULL;
    db_select_text(db, "SELECT details FROM journal ORDER BY seq DESC LIMIT 1", DB_NO_ARGS,
                   &details, &err);
    g_assert_no_error(err);
    return details;
}

static void test_a_change_is_journaled_without_the_name(Fixture *f, gconstpointer unused)
{
    const TldChange change = { .contact_limit = 5, .approver = "Jane Doe" };
    const TldChange back = { .region = "EUR", .organisation = "", .contact_limit = 0 };

    assert_set(f->db, "ca", &change);
    g_autofree char *details = last_details(f->db);
    g_assert_cmpstr(details, ==, "at most 5 contacts");
    g_autoptr(GPtrArray) values = journal_values(f->db, 1, NULL);
    g_assert_cmpstr(((JournalRowValue *) values->pdata[0])->value, ==, "Jane Doe");

    assert_set(f->db, "ca", &back);
    g_autofree char *back_details = last_details(f->db);
    g_assert_cmpstr(back_details, ==, "region EU, was NA; as many contacts as the policy says");
    assert_journal(f->db, 2);
}

static void test_a_change_that_changes_nothing_leaves_no_row(Fixture *f, gconstpointer unused)
{
    const TldChange change = { .region = "na", .contact_limit = -1 };
    assert_set(f->db, "ca", &change);
    assert_journal(f->db, 0);
}

static void test_wrong_changes_are_refused(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *a_label;
        TldChange change;
        ErrKind kind;
    } CASES[] = {
        { "ca", { .contact_limit = 5 }, ERR_INVALID },
        { "ca", { .contact_limit = 5, .approver = "" }, ERR_INVALID },
        { "ca", { .contact_limit = 5, .approver = " \xe2\x80\x8b" }, ERR_INVALID },
        { "ca", { .contact_limit = -1, .approver = "Jane" }, ERR_INVALID },
        { "ca", { .contact_limit = TLD_CONTACTS_MAX + 1, .approver = "Jane" }, ERR_INVALID },
        { "ca", { .region = "XX", .contact_limit = -1 }, ERR_INVALID },
        { "xx", { .region = "EU", .contact_limit = -1 }, ERR_NOT_FOUND },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_test_message("case %zu", i);
        g_assert_false(
            tld_set(f->db, CASES[i].a_label, &CASES[i].change, "cli:tester", NOW, &err));
        g_assert_true(err_is(err, CASES[i].kind));
    }
    assert_journal(f->db, 0);
}

static void test_people_see_both_labels(Fixture *f, gconstpointer unused)
{
    g_autoptr(Tld) ascii = get(f->db, "ca");
    g_autoptr(Tld) idn = get(f->db, "xn--p1ai");
    g_autofree char *shown = tld_format(ascii);
    g_autofree char *shown_idn = tld_format(idn);
    g_assert_cmpstr(shown, ==, ".ca");
    g_assert_cmpstr(shown_idn, ==, ".рф (xn--p1ai)");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/tld/named_in_many_ways", test_a_tld_is_named_in_many_ways);
    ADD_DIRECTORY_TEST("/tld/others_are_refused",
                       test_what_is_no_cctld_is_refused_with_the_reason);
    ADD_DIRECTORY_TEST("/tld/every_label_reads_back", test_every_label_of_the_table_reads_back);
    ADD_DIRECTORY_TEST("/tld/counts", test_the_table_counts_as_the_root_zone_does);
    ADD_DIRECTORY_TEST("/tld/ascii_first", test_the_list_has_ascii_first);
    ADD_DIRECTORY_TEST("/tld/edits_survive", test_edits_survive_a_renewal_of_the_table);
    ADD_DIRECTORY_TEST("/tld/gone_from_the_table", test_a_tld_that_left_the_table_goes);
    ADD_DIRECTORY_TEST("/tld/journaled", test_a_change_is_journaled_without_the_name);
    ADD_DIRECTORY_TEST("/tld/no_change", test_a_change_that_changes_nothing_leaves_no_row);
    ADD_DIRECTORY_TEST("/tld/wrong_changes", test_wrong_changes_are_refused);
    ADD_DIRECTORY_TEST("/tld/both_labels", test_people_see_both_labels);
    return g_test_run();
}
