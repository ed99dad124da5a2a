#include "directory/import.h"

#include "base/err.h"
#include "directory/csv.h"
#include "directory_fixture.h"

#define HEADING                                                                                \
    "tld,rank,given_name,family_name,mobile,primary,secondary,ascii_name,"                     \
    "secondary_gets_mail,language\n"
#define MIXED_LINES 1200 /* more than are looked at together */
#define JANE        "ca,1,Jane,Doe,+1 613 555 0100,jane@nic.ca,jane@mail.example\n"

/* Every step as "number:action" and, of refused ones, the reason. */
static char *run(Db *db, const char *text, ImportMode mode, bool want_done)
{
    g_autoptr(GError) err = NULL;
    g_auto(ImportFile) file = { 0 };
    g_auto(ImportPlan) plan = { 0 };
    g_autofree char *whole = g_strconcat(HEADING, text, NULL);
    csv_read(whole, strlen(whole), &file, &err);
    g_assert_no_error(err);
    import_run(db, &EDIT, &file, mode, &plan, &err);
    g_assert_no_error(err);
    g_assert_true(plan.is_done == want_done);

    GString *shown = g_string_new(NULL);
    int64_t total = 0;
    for (guint i = 0; i < plan.steps->len; i++) {
        const ImportStep *step = plan.steps->pdata[i];
        g_string_append_printf(shown, "%s%d:%s%s%s", i == 0 ? "" : "|", (int) step->number,
                               import_action_name(step->action),
                               step->reason != NULL ? " " : "",
                               step->reason != NULL ? step->reason : "");
    }
    for (int i = 0; i < IMPORT_ACTIONS; i++)
        total += plan.counts[i];
    g_assert_cmpint(total, ==, plan.steps->len);
    return g_string_free(shown, FALSE);
}

static void expect(Db *db, const char *text, bool want_done, const char *want)
{
    g_autofree char *got = run(db, text, IMPORT_ALL, want_done);
    g_assert_cmpstr(got, ==, want);
}

static int64_t people(Db *db)
{
    return count_rows(db, "SELECT count(*) FROM person");
}

static void test_lines_become_contacts_with_journal_rows(Fixture *f, gconstpointer unused)
{
    expect(f->db,
           JANE
           "ca,2,王,小明,+44 1632 960001,wang@nic.ca,wang@mail.example,Wang Xiaoming,yes,zh\n"
           "рф,,Иван,Петров,,ivan@nic.example,\n",
           true, "2:add person|3:add person|4:add person");
    assert_journal(f->db, 3);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM journal WHERE tld = 'ca'"
                                      " AND details = 'rank 2; imported, line 3'"),
                    ==, 1);

    g_autoptr(Contact) wang = NULL;
    contact_get(f->db, 2, &wang, NULL);
    g_assert_cmpstr(wang->person->ascii_name, ==, "Wang Xiaoming");
    g_assert_true(wang->person->secondary_delivers);
    g_assert_cmpstr(wang->person->language, ==, "zh");
}

static void test_the_same_file_again_changes_nothing(Fixture *f, gconstpointer unused)
{
    static const char TEXT[] = JANE "fr,,Zoë,Müller,+44 1632 960001,zoe@nic.fr,\n"
                                    "рф,1,Jane,Doe,,jane@nic.ca,\n";
    expect(f->db, TEXT, true, "2:add person|3:add person|4:add seat");
    assert_journal(f->db, 3);
    expect(f->db, TEXT, true, "2:already there|3:already there|4:already there");
    assert_journal(f->db, 3);
}

static void test_a_refused_line_keeps_all_out(Fixture *f, gconstpointer unused)
{
    expect(f->db, JANE "com,1,Eve,Doe,,eve@x.example,\n", false,
           "2:add person|3:refused .com is no country-code TLD: those in ASCII have two "
           "letters, and generic TLDs are not eligible");
    g_assert_cmpint(people(f->db), ==, 0);
    assert_journal(f->db, 0);
}

static void test_bad_lines_can_be_skipped(Fixture *f, gconstpointer unused)
{
    g_autofree char *got = run(f->db, "ca,1,Eve,Doe,12,eve@nic.ca,\n" JANE, IMPORT_SKIP_BAD,
                               true);
    g_assert_true(g_str_has_prefix(got, "2:refused mobile:"));
    g_assert_true(g_str_has_suffix(got, "|3:add person"));
    g_assert_cmpint(people(f->db), ==, 1);
    assert_journal(f->db, 1);
}

static void test_a_try_leaves_nothing(Fixture *f, gconstpointer unused)
{
    g_autofree char *got = run(f->db, JANE, IMPORT_TRY, false);
    g_assert_cmpstr(got, ==, "2:add person");
    g_assert_cmpint(people(f->db), ==, 0);
    assert_journal(f->db, 0);
}

/* A line that fails after its person was stored leaves no person for the next to find. */
static void test_a_line_refused_halfway_leaves_nothing(Fixture *f, gconstpointer unused)
{
    g_autofree char *got = run(
        f->db,
        "ca,,Ann,A,,a@nic.ca,\nca,,Bob,B,,b@nic.ca,\nca,,Cid,C,,c@nic.ca,\n"
        "ca,,Dan,D,,d@nic.ca,\nfr,,Dan,D,,d@nic.ca,\nfr,,Eve,E,,e@nic.ca,e@mail.fr\n",
        IMPORT_SKIP_BAD, true);
    g_assert_nonnull(strstr(got, "5:refused .ca has 3 contacts and may have 3"));
    g_assert_nonnull(strstr(got, "6:add person"));
    g_assert_nonnull(strstr(got, "7:refused the secondary address e@mail.fr is inside .fr"));
    g_assert_cmpint(people(f->db), ==, 4);
    assert_journal(f->db, 4);
}

static void test_lines_are_refused_with_their_reason(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *line;
        const char *reason;
    } CASES[] = {
        /* clang-format off */
        { ",1,Eve,Doe,,eve@nic.ca,", "it is empty" },
        { "ca,x,Eve,Doe,,eve@nic.ca,", "the rank is not a number" },
        { "ca,0,Eve,Doe,,eve@nic.ca,", "the rank is not a number" },
        { "ca,4,Eve,Doe,,eve@nic.ca,", "ranks 1 to 3" },
        { "ca,1,Eve,Doe,,eve@nic.ca,", "rank 1 of .ca is taken by Jane Doe" },
        { "ca,2,,Doe,,eve@nic.ca,", "the given name is empty" },
        { "ca,2,Eve,Doe,,,", "needs a primary address" },
        { "ca,2,Eve,Doe,,eve,", "primary address: not an address" },
        { "ca,2,Eve,Doe,,eve@nic.ca,eve@", "secondary address:" },
        { "ca,2,Eve,Doe,,eve@nic.ca,eve@mail.ca", "is inside .ca" },
        { "ca,2,Eve,Doe,,eve@nic.ca,jane@nic.ca", "jane@nic.ca is an address of Jane Doe" },
        { "ca,2,Eve,Doe,0100,eve@nic.ca,", "mobile:" },
        { "ca,2,Eve,Doe,,jane@nic.ca,", "is the address of Jane Doe" },
        { "ca,2,Jane,Doe,,jane@nic.ca,", "on file with rank 1" },
        { "ca,1,Jane,Doe,+1 613 555 0199,jane@nic.ca,", "another mobile number" },
        { "ca,1,Jane,Doe,,jane@nic.ca,other@mail.example", "another secondary address" },
        { "fr,1,Jane,Doe,,jane@mail.example,", "is the secondary address of Jane Doe" },
        { "fr,1,Jane,Doe,+1 613 555 0199,jane@nic.ca,", "another mobile number" },
        { "ca,2,Eve,Doe,,eve@nic.ca,,,maybe", "neither yes nor no" },
        { "ca,2,Eve,Doe,,eve@nic.ca,,Ève", "ASCII name" },
        { "ca,2,Eve,Doe,,eve@nic.ca,,,,not a tag", "language" },
        { "ca,2,\"Eve", "a quoted field does not end" },
        /* clang-format on */
    };
    expect(f->db, JANE, true, "2:add person");
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *got = run(f->db, CASES[i].line, IMPORT_ALL, false);
        g_test_message("%s", got);
        g_assert_true(g_str_has_prefix(got, "2:refused "));
        g_assert_nonnull(strstr(got, CASES[i].reason));
    }
    assert_journal(f->db, 1);
}

static void test_a_claimed_rank_is_not_given_away(Fixture *f, gconstpointer unused)
{
    expect(f->db, "ca,,Ann,A,,ann@nic.ca,\nca,,Bob,B,,bob@nic.ca,\n" JANE, true,
           "2:add person|3:add person|4:add person");
    g_assert_cmpint(
        count_rows(f->db, "SELECT person_id FROM seat WHERE tld = 'ca' AND rank = 1"), ==, 1);
    g_autoptr(GPtrArray) contacts = contact_list(f->db, "ca", NULL);
    g_assert_cmpstr(((Contact *) contacts->pdata[0])->person->given_name, ==, "Jane");
    g_assert_cmpstr(((Contact *) contacts->pdata[2])->person->given_name, ==, "Bob");
}

static void test_what_is_missing_is_filled_in(Fixture *f, gconstpointer unused)
{
    expect(f->db, "ca,1,J?rg,M?ller,,jm@nic.ca,\n", true, "2:add person");
    expect(f->db, "ca,1,Jörg,Müller,+1 613 555 0100,JM@nic.ca,jm@mail.example\n", true,
           "2:complete");
    g_autoptr(Contact) contact = NULL;
    contact_get(f->db, 1, &contact, NULL);
    g_assert_cmpstr(contact->person->given_name, ==, "Jörg");
    g_assert_cmpstr(contact->person->mobile, ==, "+16135550100");
    g_assert_cmpstr(contact->person->secondary, ==, "jm@mail.example");
    g_assert_cmpstr(contact->person->primary, ==, "jm@nic.ca");

    expect(f->db, "ca,1,J?rg,M?ller,,jm@nic.ca,\n", true, "2:already there");
    expect(f->db, "ca,1,Jörg,Müller,,jm@mail.example,\n", true, "2:already there");
    assert_journal(f->db, 2);
}

static void test_second_addresses_go_with_their_line(Fixture *f, gconstpointer unused)
{
    g_auto(ImportFile) file = { 0 };
    g_auto(ImportPlan) plan = { 0 };
    g_autoptr(GError) err = NULL;
    static const char TEXT[] = HEADING JANE "ca,1,Jane,Doe,,jane@mail.example,\n";
    csv_read(TEXT, strlen(TEXT), &file, &err);
    ((ImportLine *) file.lines->pdata[1])->second_of = file.lines->pdata[0];

    import_run(f->db, &EDIT, &file, IMPORT_TRY, &plan, &err);
    g_assert_no_error(err);
    const ImportStep *second = plan.steps->pdata[1];
    g_assert_cmpint(second->action, ==, IMPORT_SECOND);
    g_assert_cmpstr(second->reason, ==, "of line 2");

    import_plan_clear(&plan);
    g_free(((ImportLine *) file.lines->pdata[0])->fields[IMPORT_TLD]);
    ((ImportLine *) file.lines->pdata[0])->fields[IMPORT_TLD] = g_strdup("com");
    import_run(f->db, &EDIT, &file, IMPORT_TRY, &plan, &err);
    g_assert_cmpint(plan.counts[IMPORT_REFUSED], ==, 2);
}

static void test_a_line_without_a_name_gets_a_hint(Fixture *f, gconstpointer unused)
{
    g_auto(ImportFile) file = { 0 };
    g_auto(ImportPlan) plan = { 0 };
    g_autoptr(GError) err = NULL;
    import_file_init(&file);
    import_file_fault(&file, 1, "no name");
    ((ImportLine *) file.lines->pdata[0])->fields[IMPORT_PRIMARY] = g_strdup("x@nic.ca");
    import_run(f->db, &EDIT, &file, IMPORT_ALL, &plan, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(((ImportStep *) plan.steps->pdata[0])->reason, ==,
                    "no name; the address is under .ca");
}

static void test_notices_tell_what_was_done(Fixture *f, gconstpointer unused)
{
    g_auto(ImportFile) file = { 0 };
    g_auto(ImportPlan) plan = { 0 };
    g_autoptr(GError) err = NULL;
    static const char TEXT[] = HEADING "ca,1,J?rg,\"\u202eDoe\",,j@nic.ca,\n";
    csv_read(TEXT, strlen(TEXT), &file, &err);
    import_run(f->db, &EDIT, &file, IMPORT_ALL, &plan, &err);
    g_assert_no_error(err);
    g_autoptr(GString) notices = g_string_new(NULL);
    const ImportStep *step = plan.steps->pdata[0];
    for (guint i = 0; i < step->notices->len; i++)
        g_string_append_printf(notices, "%s\n", (char *) step->notices->pdata[i]);
    g_assert_nonnull(strstr(notices->str, "letters of the name were lost"));
    g_assert_nonnull(strstr(notices->str, "invisible characters"));
    g_assert_nonnull(strstr(notices->str, "no mobile number"));
}

/* One person with two addresses would take two seats, and get the roster as two. */
static void test_two_of_one_name_are_pointed_out(Fixture *f, gconstpointer unused)
{
    g_auto(ImportFile) file = { 0 };
    g_auto(ImportPlan) plan = { 0 };
    g_autoptr(GError) err = NULL;
    static const char TEXT[] = HEADING JANE "ca,,jane,DOE,+1 613 555 0100,jane@other.example,\n"
                                            "fr,,Jane,Doe,+1 613 555 0100,j@nic.fr,\n";
    csv_read(TEXT, strlen(TEXT), &file, &err);
    import_run(f->db, &EDIT, &file, IMPORT_ALL, &plan, &err);
    g_assert_no_error(err);
    for (guint i = 0; i < 3; i++) {
        const ImportStep *step = plan.steps->pdata[i];
        g_assert_cmpint(step->notices->len, ==, i == 1);
    }
    const ImportStep *second = plan.steps->pdata[1];
    g_assert_cmpstr(second->notices->pdata[0], ==,
                    ".ca has two contacts named jane DOE now: if they are one person, remove "
                    "this one and give the other the address");
}

/* Many lines of people with namesakes, ranks, addresses of each other and mistakes. Some are
 * about the person of a line before, in the same TLD or in another. */
static char *many_lines(void)
{
    static const char *const TLDS[] = { "ca", "fr", "de", "рф" };
    GString *text = g_string_new(HEADING);

    for (int i = 0; i < MIXED_LINES; i++) {
        int who = i % 11 == 10 ? i - 6 : i % 13 == 12 ? i - 4 : i;
        g_autofree char *rank = i % 5 == 0 ? g_strdup_printf("%d", i % 97 + 1) : g_strdup("");
        g_autofree char *secondary = i % 17 == 16 ? g_strdup_printf("u%d@nic.example", i - 1)
                                     : i % 4 == 1 || who != i
                                         ? g_strdup_printf("s%d@mail.example", who)
                                         : g_strdup("");
        g_string_append_printf(text, "%s,%s,%s%d,Doe,%s,u%d@nic.example,%s,,,\n",
                               i % 29 == 28 ? "com" : TLDS[i % 4], rank,
                               who % 31 == 30 && who == i ? "J?" : "Jo", who % 40,
                               i % 3 == 0 ? "" : "+1 613 555 0100", who, secondary);
    }
    return g_string_free(text, FALSE);
}

static void append_steps(GPtrArray *shown, const ImportPlan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const ImportStep *step = plan->steps->pdata[i];
        g_autoptr(GString) text = g_string_new(NULL);
        g_string_append_printf(text, "%06d %s %s", (int) step->number,
                               import_action_name(step->action),
                               step->reason != NULL ? step->reason : "");
        for (guint k = 0; k < step->notices->len; k++)
            g_string_append_printf(text, "; %s", (const char *) step->notices->pdata[k]);
        g_ptr_array_add(shown, g_strdup(text->str));
    }
}

static void skip_bad(Db *db, const ImportFile *file, GPtrArray *shown, int64_t *counts)
{
    const Edit edit = { .actor = "cli:tester", .now = NOW, .contacts_per_tld = 150 };
    g_autoptr(GError) err = NULL;
    g_auto(ImportPlan) plan = { 0 };
    import_run(db, &edit, file, IMPORT_SKIP_BAD, &plan, &err);
    g_assert_no_error(err);
    append_steps(shown, &plan);
    for (int i = 0; i < IMPORT_ACTIONS; i++)
        counts[i] += plan.counts[i];
}

/* Those with a rank first, as one import takes them. */
static void skip_bad_one_by_one(Db *db, const ImportFile *file, GPtrArray *shown,
                                int64_t *counts)
{
    for (int pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < file->lines->len; i++) {
            ImportLine *line = file->lines->pdata[i];
            g_autoptr(GPtrArray) one = g_ptr_array_new();
            const ImportFile alone = { .lines = one };
            g_ptr_array_add(one, line);
            if ((*line->fields[IMPORT_RANK] != '\0') == (pass == 0))
                skip_bad(db, &alone, shown, counts);
        }
    }
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* The rows of all tables that an import fills, but for what is random. */
static char *contents(Db *db)
{
    static const char *const SELECTS[] = {
        "SELECT id || ' ' || given_name || ' ' || search_name || ' ' || coalesce(mobile, '') AS"
        " text FROM person ORDER BY id",
        "SELECT person_id || kind || address || key || delivers AS text FROM address"
        " ORDER BY key",
        "SELECT tld || rank || ' ' || person_id AS text FROM seat ORDER BY tld, rank",
        "SELECT person_id || word AS text FROM person_word ORDER BY person_id, word",
        "SELECT person_id || word AS text FROM word_person ORDER BY person_id, word",
        "SELECT seq || action || coalesce(tld, '') || person_id || ' ' || coalesce(details, '')"
        " AS text FROM journal ORDER BY seq",
        "SELECT seq || ' ' || position || name || coalesce(value, '') AS text"
        " FROM journal_value ORDER BY seq, position",
    };
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(SELECTS); i++) {
        g_autofree char *rows = join_texts(db, SELECTS[i], "\n");
        g_string_append_printf(all, "%s\n\n", rows);
    }
    return g_string_free(all, FALSE);
}

/* Some are on file before, and the highest number belonged to somebody who has left. */
static void put_some_on_file(Db *db)
{
    g_autoptr(GError) err = NULL;
    (void) add_contact(db, "ca", "Jo10", "u50@nic.example");
    (void) add_contact(db, "fr", "Jo16", "u616@nic.example");
    (void) add_contact(db, "uk", "Ann", "u300@nic.example");
    contact_remove(db, &EDIT, add_contact(db, "de", "Gone", "gone@nic.example"), NULL, &err);
    g_assert_no_error(err);
}

/* What both stores must come to; one by one is slow in a server. */
static Db *open_in_memory(void)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    Db *db = NULL;
    db_open("sqlite::memory:", "/", true, &db, &err);
    migrate_upgrade(db, share, NOW, &err);
    tld_install(db, share, &err);
    g_assert_no_error(err);
    return db;
}

static void test_many_at_once_are_as_one_by_one(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(ImportFile) file = { 0 };
    g_autofree char *text = many_lines();
    g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) shown_one_by_one = g_ptr_array_new_with_free_func(g_free);
    int64_t counts[IMPORT_ACTIONS] = { 0 };
    int64_t counts_one_by_one[IMPORT_ACTIONS] = { 0 };
    g_autoptr(Db) other = open_in_memory();
    put_some_on_file(f->db);
    put_some_on_file(other);
    csv_read(text, strlen(text), &file, &err);
    g_assert_no_error(err);

    skip_bad(f->db, &file, shown, counts);
    skip_bad_one_by_one(other, &file, shown_one_by_one, counts_one_by_one);
    g_ptr_array_sort(shown_one_by_one, by_text);
    g_assert_cmpint(shown->len, ==, MIXED_LINES);
    for (guint i = 0; i < shown->len; i++)
        g_assert_cmpstr(shown->pdata[i], ==, shown_one_by_one->pdata[i]);
    for (int i = 0; i < IMPORT_ACTIONS; i++)
        g_assert_true(i == IMPORT_SECOND || counts[i] > 4);

    g_autofree char *got = contents(f->db);
    g_autofree char *want = contents(other);
    g_assert_cmpstr(got, ==, want);
    assert_journal(f->db, count_rows(other, "SELECT count(*) FROM journal"));
}

static void test_ids_go_on_after_an_import(Fixture *f, gconstpointer unused)
{
    put_some_on_file(f->db);
    expect(f->db, "ca,2,Ann,A,,ann@nic.ca,\nca,1,Bob,B,,bob@nic.ca,\n", false,
           "2:add person|3:refused rank 1 of .ca is taken by Jo10 Doe");
    int64_t before = add_contact(f->db, "uk", "Cid", "cid@nic.example");
    expect(f->db, "de,2,Ann,A,,ann@nic.ca,\nde,,Bob,B,,bob@nic.ca,\n", true,
           "2:add person|3:add person");
    g_assert_cmpint(count_rows(f->db, "SELECT max(id) FROM person"), ==, before + 2);
    g_assert_cmpint(add_contact(f->db, "uk", "Dan", "dan@nic.example"), ==, before + 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/import/contacts", test_lines_become_contacts_with_journal_rows);
    ADD_DIRECTORY_TEST("/import/again", test_the_same_file_again_changes_nothing);
    ADD_DIRECTORY_TEST("/import/all_or_nothing", test_a_refused_line_keeps_all_out);
    ADD_DIRECTORY_TEST("/import/skip_bad", test_bad_lines_can_be_skipped);
    ADD_DIRECTORY_TEST("/import/try", test_a_try_leaves_nothing);
    ADD_DIRECTORY_TEST("/import/halfway", test_a_line_refused_halfway_leaves_nothing);
    ADD_DIRECTORY_TEST("/import/reasons", test_lines_are_refused_with_their_reason);
    ADD_DIRECTORY_TEST("/import/claimed_rank", test_a_claimed_rank_is_not_given_away);
    ADD_DIRECTORY_TEST("/import/complete", test_what_is_missing_is_filled_in);
    ADD_DIRECTORY_TEST("/import/second", test_second_addresses_go_with_their_line);
    ADD_DIRECTORY_TEST("/import/hint", test_a_line_without_a_name_gets_a_hint);
    ADD_DIRECTORY_TEST("/import/notices", test_notices_tell_what_was_done);
    ADD_DIRECTORY_TEST("/import/same_name", test_two_of_one_name_are_pointed_out);
    ADD_DIRECTORY_TEST("/import/many", test_many_at_once_are_as_one_by_one);
    ADD_DIRECTORY_TEST("/import/ids", test_ids_go_on_after_an_import);
    return g_test_run();
}
