#include "directory/statistics.h"

#include "directory_fixture.h"

static Statistics read_statistics(Db *db)
{
    g_autoptr(GError) err = NULL;
    Statistics statistics = { 0 };
    statistics_read(db, &statistics, &err);
    g_assert_no_error(err);
    return statistics;
}

static void test_an_empty_community_has_its_denominators(Fixture *f, gconstpointer unused)
{
    g_auto(Statistics) got = read_statistics(f->db);
    g_assert_cmpint(got.total.all.all, ==, 309);
    g_assert_cmpint(got.total.ascii.all, ==, 248);
    g_assert_cmpint(got.total.idn.all, ==, 61);
    g_assert_cmpint(got.total.all.members, ==, 0);
    g_assert_cmpint(got.regions[1].idn.all, ==, 46);
    g_assert_cmpuint(got.missing->len, ==, 309);
    g_assert_cmpuint(got.single->len, ==, 0);
    g_assert_cmpfloat(statistics_percent(&got.total.all), ==, 0);
}

static void test_members_are_counted_apart(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const PersonInput bob = { .given_name = "Bob",
                              .mobile = "+1 613 555 0101",
                              .primary = "bob@nic.eg",
                              .secondary = "bob@mail.example" };
    int64_t id = 0;
    add_contact(f->db, "ca", "Jane", "jane@nic.ca");
    add_contact(f->db, "ca", "Ann", "ann@mail.example");
    contact_add(f->db, &EDIT, "eg", 0, &bob, &id, &err);
    contact_add(f->db, &EDIT, "مصر", 0, &bob, &id, &err);
    g_assert_no_error(err);

    g_auto(Statistics) got = read_statistics(f->db);
    g_assert_cmpint(got.total.all.members, ==, 3);
    g_assert_cmpint(got.total.ascii.members, ==, 2);
    g_assert_cmpint(got.total.idn.members, ==, 1);
    g_assert_cmpint(got.regions[0].ascii.members, ==, 1);
    g_assert_cmpint(got.regions[0].idn.members, ==, 1);
    g_assert_cmpint(got.regions[4].all.members, ==, 1);
    g_assert_cmpint(got.people, ==, 3);
    g_assert_cmpint(got.seats, ==, 4);
    g_assert_cmpint(got.addresses, ==, 4);
    g_assert_cmpint(got.delivering, ==, 3);
    g_assert_cmpint(got.with_secondary, ==, 1);
    g_assert_cmpint(got.with_mobile, ==, 3);
    g_assert_cmpint(got.inside_only, ==, 1); /* Jane */
    g_assert_cmpuint(got.single->len, ==, 2);
    g_assert_cmpstr(((Tld *) got.single->pdata[0])->a_label, ==, "eg");
    g_assert_cmpuint(got.missing->len, ==, 306);
    g_assert_cmpfloat_with_epsilon(statistics_percent(&got.regions[4].all), 14.2857, 0.001);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/statistics/empty", test_an_empty_community_has_its_denominators);
    ADD_DIRECTORY_TEST("/statistics/counts", test_members_are_counted_apart);
    return g_test_run();
}
