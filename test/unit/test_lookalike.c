#include "directory/contact.h"
#include "directory/lookalike.h"
#include "directory_fixture.h"

/* clang-format off */
static const struct {
    const char *one;
    const char *other;
    bool is_alike;
} CASES[] = {
    { "jane.doe@nic.example", "jane.doe@nic.example", true },
    { "jane.doe@nic.example", "jаne.doe@nic.example", true },  /* Cyrillic a */
    { "jane.doe@nic.example", "jane.dοe@nic.example", true },  /* Greek omicron */
    { "jane.doe@nic.example", "jane.d0e@nic.example", true },
    { "jane.doe@nic.example", "jane-doe@nic.example", false }, /* a dot is a letter's room */
    { "janedoe@nic.example", "jane-doe@nic.example", true },
    { "jane.doe@nic.example", "jane.doe@n1c.example", true },
    { "jane.doe@nic.example", "ｊane.doe@nic.example", true },  /* full width */
    { "jane.doe@nic.example", "jáne.doe@nic.example", true },
    { "tim.morn@nic.example", "tirn.rnorn@nic.example", true },
    { "wim@nic.example", "vvim@nic.example", true },
    { "иван@nic.example", "ивaн@nic.example", true },          /* Latin a */
    { "lee@nic.example", "Iee@nic.example", true },            /* capital i */

    { "jane.doe@nic.example", "john.doe@nic.example", false },
    { "jane.doe@nic.example", "jane.doe@nic.test", false },
    { "ann@nic.example", "anne@nic.example", false },
    { "lucia@nic.example", "luda@nic.example", false },
    { "luc1a@nic.example", "lucla@nic.example", true },
    { "clara@nic.example", "dara@nic.example", true },
    { "王@nic.example", "玉@nic.example", false },
};
/* clang-format on */

static void test_what_looks_alike(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *one = lookalike_skeleton(CASES[i].one);
        g_autofree char *other = lookalike_skeleton(CASES[i].other);
        g_autofree char *again = lookalike_skeleton(other);
        g_test_message("%s and %s: %s, %s", CASES[i].one, CASES[i].other, one, other);
        g_assert_true(g_str_equal(one, other) == CASES[i].is_alike);
        g_assert_cmpstr(again, ==, other);
    }
}

static void test_one_on_file_is_found_and_shown(Fixture *f, gconstpointer unused)
{
    static const PersonInput JANE = {
        .given_name = "Jane",
        .family_name = "Doe",
        .mobile = "+1 613 555 0100",
        .primary = "jane.doe@nic-ca.example",
        .secondary = "jane@mail.example",
    };
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    g_assert_true(contact_add(f->db, &EDIT, "ca", 0, &JANE, &id, &err));

    g_autoptr(GPtrArray) none = lookalike_find(f->db, "john@mail.example", &err);
    g_assert_no_error(err);
    g_assert_cmpuint(none->len, ==, 0);
    g_autoptr(GPtrArray) itself = lookalike_find(f->db, "JANE@mail.example", &err);
    g_assert_cmpuint(itself->len, ==, 0);

    g_autoptr(GPtrArray) found = lookalike_find(f->db, "jаne@mail.example", &err);
    g_assert_no_error(err);
    g_assert_cmpuint(found->len, ==, 1);
    const Lookalike *one = found->pdata[0];
    g_assert_cmpint(one->person_id, ==, id);
    g_autofree char *shown = lookalike_format("jаne@mail.example", one);
    g_assert_cmpstr(shown, ==, "jаne@mail.example looks like jane@mail.example: U+0430");
}

/* What is kept beside each address is a help and no more: a store from before has none of it.
 */
static void test_one_from_before_is_found_too(Fixture *f, gconstpointer unused)
{
    static const PersonInput ANN = {
        .given_name = "Ann",
        .family_name = "Roe",
        .mobile = "+1 613 555 0101",
        .primary = "ann.roe@nic-ca.example",
    };
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    int64_t kept = 0;
    g_assert_true(contact_add(f->db, &EDIT, "ca", 0, &ANN, &id, &err));
    g_assert_true(db_select_int(f->db,
                                "SELECT count(*) FROM address WHERE skeleton IS NOT NULL",
                                DB_NO_ARGS, &kept, &err));
    g_assert_cmpint(kept, ==, 1);
    for (int i = 0; i < 2; i++) {
        g_autoptr(GPtrArray) found = lookalike_find(f->db, "ann.r0e@nic-ca.example", &err);
        g_assert_no_error(err);
        g_assert_cmpuint(found->len, ==, 1);
        g_assert_true(
            db_run(f->db, "UPDATE address SET skeleton = NULL", DB_NO_ARGS, NULL, &err));
    }
}

static void test_what_a_reader_overlooks_is_named(void)
{
    static const struct {
        const char *address;
        const char *on_file;
        const char *shown;
    } PAIRS[] = {
        { "jane.d0e@nic.example", "jane.doe@nic.example", "\"0\" where that has \"o\"" },
        { "tirn.morn@nic.example", "tim.morn@nic.example", "\"rn\" where that has \"m\"" },
        { "janedoe@nic.example", "jane-doe@nic.example", "\"\" where that has \"-\"" },
        { "iee@nic.example", "LEE@nic.example", "\"i\" where that has \"L\"" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(PAIRS); i++) {
        const Lookalike on_file = { 1, (char *) (uintptr_t) PAIRS[i].on_file };
        g_autofree char *shown = lookalike_format(PAIRS[i].address, &on_file);
        g_autofree char *wanted = g_strdup_printf("%s looks like %s: %s", PAIRS[i].address,
                                                  PAIRS[i].on_file, PAIRS[i].shown);
        g_assert_cmpstr(shown, ==, wanted);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lookalike/skeleton", test_what_looks_alike);
    ADD_DIRECTORY_TEST("/lookalike/from-before", test_one_from_before_is_found_too);
    g_test_add_func("/lookalike/difference", test_what_a_reader_overlooks_is_named);
    ADD_DIRECTORY_TEST("/lookalike/find", test_one_on_file_is_found_and_shown);
    return g_test_run();
}
