#include "base/err.h"
#include "directory/contact.h"
#include "directory/office.h"
#include "directory_fixture.h"

/* Four people: Jane of .ca and .рф, Émile of .fr, 王 of 中国, Иван of .рф. */
static void set_up(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *tld;
        PersonInput input;
    } PEOPLE[] = {
        /* clang-format off */
        { "ca", { "Jane", "Doe", NULL, "+1 613 555 0100 ext 7", "jane@nic.ca", "jane_d@mail.example", PERSON_MAIL_YES, NULL } },
        { "рф", { "Jane", "Doe", NULL, NULL, "jane@nic.ca", NULL, PERSON_MAIL_AS_IS, NULL } },
        { "fr", { "Émile", "O\u2019Doe", NULL, "+44 1632 960001", "emile@nic.fr", NULL, PERSON_MAIL_AS_IS, NULL } },
        { "中国", { "王", "小明", "Wang Xiaoming", "+44 1632 960002", "wang@nic.example", NULL, PERSON_MAIL_AS_IS, NULL } },
        { "рф", { "Иван", "Петров", NULL, "+44 1632 960003", "иван@почта.example", NULL, PERSON_MAIL_AS_IS, NULL } },
        /* clang-format on */
    };
    directory_set_up(f, unused);
    for (size_t i = 0; i < G_N_ELEMENTS(PEOPLE); i++) {
        g_autoptr(GError) err = NULL;
        int64_t id = 0;
        contact_add(f->db, &EDIT, PEOPLE[i].tld, 0, &PEOPLE[i].input, &id, &err);
        g_assert_no_error(err);
    }
}

/* A search finds the people of these given names, in this order. */
static void assert_found(Db *db, const char *words, const char *want)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) found = contact_search(db, words, &err);
    g_autoptr(GString) names = g_string_new(NULL);
    g_assert_no_error(err);
    for (guint i = 0; i < found->len; i++)
        g_string_append_printf(names, "%s%s", i == 0 ? "" : " ",
                               ((Contact *) found->pdata[i])->person->given_name);
    g_test_message("%s: %s", words, names->str);
    g_assert_cmpstr(names->str, ==, want);
}

static void test_search_finds_by_whatever_is_known(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *words;
        const char *want; /* given names */
    } CASES[] = {
        /* clang-format off */
        { "jane", "Jane" },
        { "EMILE", "Émile" },
        { "émile o'doe", "Émile" },
        { "emile o\u2019doe", "Émile" },
        { "doe", "Émile Jane" },
        { "doe jane", "Jane" },
        { "doe .ca", "Jane" },
        { "рф", "Jane Иван" },
        { "xn--p1ai", "Jane Иван" },
        { ".中国", "王" },
        { "xiaoming", "王" },
        { "小明", "王" },
        { "ivan", "Иван" },
        { "петров", "Иван" },
        { "jane@nic.ca", "Jane" },
        { "NIC.CA", "Jane" },
        { "jane_d", "Jane" },
        { "jane%", "" },
        { "janexd", "" },
        { "иван@", "Иван" },
        { "почта.example", "Иван" },
        { "почта.EXAMPLE", "Иван" },
        { "иван@почта.example", "Иван" },
        { "+1 613 555 0100", "Jane" },
        { "+1 (613) 555-0100 ext 7", "Jane" },
        { "001 613 555 0100", "Jane" },
        { "0613 555 0100", "Jane" },
        { "960002", "王" },
        { "٩٦٠٠٠٢", "王" },
        { "0001", "Émile" },
        { "0009", "" },
        { "100", "" },
        { "nobody", "" },
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++)
        assert_found(f->db, CASES[i].words, CASES[i].want);
}

static void test_search_looks_for_beginnings_of_words(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *words;
        const char *want;
    } CASES[] = {
        /* clang-format off */
        /* Words begin at hyphens and apostrophes, and anywhere in scripts without spaces. */
        { "doe o'", "Émile" },
        { "明", "王" },
        { "王 明", "王" },
        { "王小明", "王" },
        { "oe", "" },
        /* Addresses: the beginning, the parts of the local part, the domain and what it is in. */
        { "jane@nic", "Jane" },
        { "d@mail.example", "Jane" },
        { "@mail.example", "Jane" },
        { "почта.ex", "Иван" },
        { "иван jane", "" },
        /* A dot means the TLD; without it, names and domains count as well. */
        { ".c", "Jane" },
        { "jane doe nic.ca .ca", "Jane" },
        { "jane .fr", "" },
        { "xn--p1ai иван", "Иван" },
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++)
        assert_found(f->db, CASES[i].words, CASES[i].want);
}

static void test_a_name_is_parted_by_the_hyphens_of_any_script(Fixture *f, gconstpointer unused)
{
    add_contact(f->db, "il", "בן־גוריון", "david@nic.il");
    assert_found(f->db, "בן־גוריון", "בן־גוריון");
    assert_found(f->db, "גוריון", "בן־גוריון");
}

/* What the words are made of changes with what is on file. */
static void test_search_follows_changes(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const PersonInput change = { .family_name = "Roe",
                                 .mobile = "+44 1632 960777",
                                 .secondary = "jane@else.example" };

    contact_change(f->db, &EDIT, 1, &change, NULL, 0, &err);
    contact_remove(f->db, &EDIT, 1, "ca", &err);
    g_assert_no_error(err);
    assert_found(f->db, "jane doe", "");
    assert_found(f->db, "jane roe", "Jane");
    assert_found(f->db, "mail.example", "");
    assert_found(f->db, "else.example", "Jane");
    assert_found(f->db, "555 0100", "");
    assert_found(f->db, "960777", "Jane");
    assert_found(f->db, ".ca", "");
    assert_found(f->db, "jane .рф", "Jane");

    contact_remove(f->db, &EDIT, 1, NULL, &err);
    g_assert_no_error(err);
    assert_found(f->db, "jane", "");
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM word_person WHERE person_id = 1"),
                    ==, 0);
}

/* Enough people for every way of looking words up: two hundred are shown, those with the very
 * word first. */
/* Spread over some TLDs, as adding one looks at all that its TLD has. */
static void test_search_of_many_gives_the_closest(Fixture *f, gconstpointer unused)
{
    static const char *const TLDS[] = { "de", "at", "ch", "be", "nl", "fr", "it", "es" };
    g_autoptr(GError) err = NULL;
    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    g_assert_no_error(err);
    for (int i = 0; i < 1500; i++) {
        g_autofree char *family = g_strdup_printf("Ali%s", i % 2 == 0 ? "" : "bert");
        g_autofree char *primary = g_strdup_printf("m%d@many.example", i);
        const PersonInput input = { .given_name = i == 1400 ? "Zoe" : "Maria",
                                    .family_name = family,
                                    .mobile = "+1 613 555 0100",
                                    .primary = primary };
        const Edit edit = { .actor = "cli:tester", .now = NOW, .contacts_per_tld = 2000 };
        g_autoptr(Tld) tld = NULL;
        int64_t id = 0;
        tld_find(f->db, TLDS[i % G_N_ELEMENTS(TLDS)], &tld, &err);
        contact_add_new(f->db, &edit, tld, 0, &input, NULL, &id, &err);
        g_assert_no_error(err);
    }
    db_commit(&transaction, &err);
    g_assert_no_error(err);

    assert_found(f->db, "zoe ali .de", "Zoe");
    assert_found(f->db, "ali many.example zo", "Zoe");
    g_autoptr(GPtrArray) closest = contact_search(f->db, "ali", &err);
    g_autoptr(GPtrArray) common = contact_search(f->db, "m ali many", &err);
    g_assert_no_error(err);
    g_assert_cmpuint(closest->len, ==, 200);
    g_assert_cmpuint(common->len, ==, 200);
    for (guint i = 0; i < closest->len; i++)
        g_assert_cmpstr(((Contact *) closest->pdata[i])->person->family_name, ==, "Ali");
}

static void test_search_for_nothing_is_refused(Fixture *f, gconstpointer unused)
{
    static const char MANY_WORDS[] = "a b c d e f g h i j k l m n o p q";
    g_autofree char *long_text = g_strnfill(201, 'a');
    g_assert_null(contact_search(f->db, MANY_WORDS, NULL));
    g_assert_null(contact_search(f->db, " \u200b", NULL));
    g_assert_null(contact_search(f->db, "@", NULL));
    g_assert_null(contact_search(f->db, "\u0301", NULL)); /* an accent without a letter */
    assert_found(f->db, "jane @", "Jane");
    g_assert_null(contact_search(f->db, long_text, NULL));
}

static void test_a_person_is_named_in_several_ways(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *text;
        int64_t want; /* 0: refused */
        ErrKind kind;
    } CASES[] = {
        /* clang-format off */
        { "Jane@NIC.ca", 1, 0 },
        { "jane_d@mail.example", 1, 0 },
        { "ca/1", 1, 0 },
        { ".рф/2", 4, 0 },
        { "xn--p1ai/2", 4, 0 },
        { "2", 2, 0 },
        { "emile", 2, 0 },
        { "王", 3, 0 },
        { "王 小明", 3, 0 },
        { "petrov ivan", 4, 0 },
        { "jane doe", 0, ERR_INVALID }, /* two of them */
        /* A part of a name would change or remove whoever it happens to fit. */
        { "emil", 0, ERR_NOT_FOUND },
        { "fr", 0, ERR_NOT_FOUND },
        { "jane_d", 0, ERR_NOT_FOUND },
        { "\u043f\u043e\u0447\u0442\u0430.example", 0, ERR_NOT_FOUND },
        { "ca/2", 0, ERR_NOT_FOUND },
        { "ca/x", 0, ERR_INVALID },
        { "com/1", 0, ERR_INVALID },
        { "99", 0, ERR_NOT_FOUND },
        { "99999999999999999999", 0, ERR_NOT_FOUND },
        { "eve@nic.ca", 0, ERR_NOT_FOUND },
        { "eve@", 0, ERR_INVALID },
        { "eve", 0, ERR_NOT_FOUND },
        { "", 0, ERR_INVALID },
        /* clang-format on */
    };

    add_contact(f->db, "de", "Jane Ann", "ann@nic.de");
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        int64_t id = 0;
        bool found = contact_resolve(f->db, CASES[i].text, &id, &err);
        g_test_message("%s", CASES[i].text);
        g_assert_cmpint(id, ==, CASES[i].want);
        g_assert_true(found == (CASES[i].want != 0));
        g_assert_true(found || err_is(err, CASES[i].kind));
    }
}

static Recognised *recognise(Db *db, const char *address)
{
    g_autoptr(GError) err = NULL;
    Recognised *recognised = NULL;
    contact_recognise(db, address, &recognised, &err);
    g_assert_no_error(err);
    return recognised;
}

static void test_both_addresses_of_a_contact_are_recognised(Fixture *f, gconstpointer unused)
{
    g_autoptr(Recognised) primary = recognise(f->db, "JANE@nic.ca");
    g_autoptr(Recognised) secondary = recognise(f->db, "Jane_D@mail.example");
    g_autoptr(Recognised) nobody = recognise(f->db, "eve@nic.ca");

    g_assert_cmpstr(primary->name, ==, "Jane Doe");
    g_assert_cmpstr(primary->address, ==, "jane@nic.ca");
    g_assert_false(primary->is_secondary);
    g_assert_cmpuint(g_strv_length(primary->tlds), ==, 2);
    g_assert_cmpstr(primary->tlds[0], ==, "ca");
    g_assert_cmpstr(primary->tlds[1], ==, "xn--p1ai");
    g_assert_true(secondary->is_secondary);
    g_assert_cmpint(secondary->person_id, ==, primary->person_id);
    g_assert_null(nobody);
}

static void test_who_left_is_not_recognised(Fixture *f, gconstpointer unused)
{
    contact_remove(f->db, &EDIT, 2, NULL, NULL);
    g_autoptr(Recognised) recognised = recognise(f->db, "emile@nic.fr");
    g_assert_null(recognised);
}

static void test_offices_that_may_post_are_recognised(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < OFFICES; i++) {
        g_autoptr(GError) err = NULL;
        const OfficeKind *kind = &OFFICE_TABLE[i];
        g_autofree char *primary = g_strconcat(kind->kind, "@office.example", NULL);
        const PersonInput input = { .given_name = "Kim", .primary = primary };
        int64_t id = 0;
        office_grant_new(f->db, &EDIT, &input, kind->kind, NOW, &id, &err);
        g_assert_no_error(err);

        g_autoptr(Recognised) recognised = recognise(f->db, primary);
        g_test_message("%s", kind->kind);
        g_assert_true((recognised != NULL) == kind->may_post);
    }
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/contact_search/finds", test_search_finds_by_whatever_is_known);
    ADD("/contact_search/beginnings", test_search_looks_for_beginnings_of_words);
    ADD("/contact_search/hyphens", test_a_name_is_parted_by_the_hyphens_of_any_script);
    ADD("/contact_search/changes", test_search_follows_changes);
    ADD("/contact_search/many", test_search_of_many_gives_the_closest);
    ADD("/contact_search/nothing", test_search_for_nothing_is_refused);
    ADD("/contact_search/resolve", test_a_person_is_named_in_several_ways);
    ADD("/contact_search/recognise", test_both_addresses_of_a_contact_are_recognised);
    ADD("/contact_search/who_left", test_who_left_is_not_recognised);
    ADD("/contact_search/offices", test_offices_that_may_post_are_recognised);
    return g_test_run();
}
