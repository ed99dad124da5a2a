#include "directory/office.h"

#include "base/err.h"
#include "directory_fixture.h"

static const PersonInput KIM = { .given_name = "Kim", .primary = "kim@office.example" };

static void grant(Db *db, int64_t person_id, const char *kind, int64_t since)
{
    g_autoptr(GError) err = NULL;
    office_grant(db, &EDIT, person_id, kind, since, &err);
    g_assert_no_error(err);
}

static void end_office(Db *db, int64_t person_id, const char *kind)
{
    g_autoptr(GError) err = NULL;
    office_end(db, &EDIT, person_id, kind, NOW, &err);
    g_assert_no_error(err);
}

static GPtrArray *list(Db *db, int64_t person_id, bool is_all)
{
    g_autoptr(GError) err = NULL;
    GPtrArray *offices = office_list(db, person_id, is_all, &err);
    g_assert_no_error(err);
    return offices;
}

static void test_an_office_has_dates_and_names(Fixture *f, gconstpointer unused)
{
    int64_t jane = add_contact(f->db, "ca", "Jane", "jane@nic.ca");
    grant(f->db, jane, "Chair", NOW - 100);
    g_autoptr(GPtrArray) held = list(f->db, 0, false);
    const Office *office = held->pdata[0];

    g_assert_cmpuint(held->len, ==, 1);
    g_assert_cmpstr(office->person, ==, "Jane Doe");
    g_assert_cmpstr(office->kind, ==, "chair");
    g_assert_cmpint(office->since, ==, NOW - 100);
    g_assert_cmpint(office->until, ==, 0);
    g_assert_cmpstr(office->granted_by, ==, "cli:tester");

    end_office(f->db, jane, "chair");
    g_autoptr(GPtrArray) none = list(f->db, 0, false);
    g_autoptr(GPtrArray) past = list(f->db, jane, true);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpuint(past->len, ==, 1);
    g_assert_cmpint(((Office *) past->pdata[0])->until, ==, NOW);
    g_assert_cmpstr(((Office *) past->pdata[0])->ended_by, ==, "cli:tester");
    assert_journal(f->db, 3);
}

static void test_an_office_can_be_held_again(Fixture *f, gconstpointer unused)
{
    int64_t jane = add_contact(f->db, "ca", "Jane", "jane@nic.ca");
    grant(f->db, jane, "committee", NOW - 100);
    end_office(f->db, jane, "committee");
    grant(f->db, jane, "committee", NOW);
    g_autoptr(GPtrArray) all = list(f->db, jane, true);
    g_assert_cmpuint(all->len, ==, 2);
    g_assert_cmpint(((Office *) all->pdata[0])->until, ==, 0); /* held ones first */
}

static void test_wrong_grants_are_refused(Fixture *f, gconstpointer unused)
{
    int64_t jane = add_contact(f->db, "ca", "Jane", "jane@nic.ca");
    grant(f->db, jane, "chair", NOW);
    const struct {
        int64_t person_id;
        const char *kind;
        int64_t since;
        ErrKind want;
    } cases[] = {
        { jane, "chair", NOW, ERR_EXISTS },
        { jane, "king", NOW, ERR_INVALID },
        { jane, "committee", NOW + 1, ERR_INVALID },
        { 99, "committee", NOW, ERR_NOT_FOUND },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;
        g_assert_false(office_grant(f->db, &EDIT, cases[i].person_id, cases[i].kind,
                                    cases[i].since, &err));
        g_test_message("%s", err->message);
        g_assert_true(err_is(err, cases[i].want));
    }
    assert_journal(f->db, 2);
}

static void test_wrong_ends_are_refused(Fixture *f, gconstpointer unused)
{
    int64_t jane = add_contact(f->db, "ca", "Jane", "jane@nic.ca");
    grant(f->db, jane, "chair", NOW);
    const struct {
        const char *kind;
        int64_t until;
        ErrKind want;
    } cases[] = {
        { "liaison", NOW, ERR_NOT_FOUND },
        { "chair", NOW + 1, ERR_INVALID },
        { "chair", NOW - 1, ERR_NOT_FOUND },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;
        g_assert_false(office_end(f->db, &EDIT, jane, cases[i].kind, cases[i].until, &err));
        g_assert_true(err_is(err, cases[i].want));
    }
    assert_journal(f->db, 2);
}

static void test_somebody_without_a_seat_may_hold_an_office(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t kim = 0;
    office_grant_new(f->db, &EDIT, &KIM, "secretary", NOW, &kim, &err);
    g_assert_no_error(err);
    assert_journal(f->db, 2);
    g_assert_false(office_grant_new(f->db, &EDIT, &KIM, "chair", NOW, &kim, &err));
    g_assert_true(err_is(err, ERR_EXISTS));
    assert_journal(f->db, 2);

    end_office(f->db, kim, "secretary");
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM person"), ==, 0);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM address"), ==, 0);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM office"), ==, 0);
    assert_journal(f->db, 4);
}

static void test_an_office_keeps_a_person_who_loses_the_seat(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t jane = add_contact(f->db, "ca", "Jane", "jane@nic.ca");
    grant(f->db, jane, "committee", NOW);
    g_assert_true(contact_remove(f->db, &EDIT, jane, NULL, &err));
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM person"), ==, 1);

    int64_t again = add_contact(f->db, "ca", "Jane", "jane@nic.ca");
    g_assert_cmpint(again, ==, jane);
    end_office(f->db, jane, "committee");
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM person"), ==, 1);
}

/* The lists for SQL say the same as the table. */
static void test_sql_lists_agree_with_the_table(void)
{
    for (size_t i = 0; i < OFFICES; i++) {
        const OfficeKind *kind = &OFFICE_TABLE[i];
        g_autofree char *quoted = g_strdup_printf("'%s'", kind->kind);
        g_test_message("%s", kind->kind);
        g_assert_true((strstr(OFFICE_SQL_COMMITTEE, quoted) != NULL) == kind->is_of_committee);
        g_assert_true((strstr(OFFICE_SQL_LISTENERS, quoted) != NULL) == kind->is_listener);
        g_assert_true((strstr(OFFICE_SQL_POSTERS, quoted) != NULL) == kind->may_post);
        g_assert_true((strstr(OFFICE_SQL_VOTERS, quoted) != NULL) == kind->may_vote);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/office/dates", test_an_office_has_dates_and_names);
    ADD_DIRECTORY_TEST("/office/again", test_an_office_can_be_held_again);
    ADD_DIRECTORY_TEST("/office/wrong_grants", test_wrong_grants_are_refused);
    ADD_DIRECTORY_TEST("/office/wrong_ends", test_wrong_ends_are_refused);
    ADD_DIRECTORY_TEST("/office/no_seat", test_somebody_without_a_seat_may_hold_an_office);
    ADD_DIRECTORY_TEST("/office/loses_the_seat",
                       test_an_office_keeps_a_person_who_loses_the_seat);
    g_test_add_func("/office/sql", test_sql_lists_agree_with_the_table);
    return g_test_run();
}
