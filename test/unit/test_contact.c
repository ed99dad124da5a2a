#include "directory/contact.h"

#include "base/err.h"
#include "directory_fixture.h"

static const PersonInput JANE = {
    .given_name = "Jane",
    .family_name = "Doe",
    .mobile = "+1 613 555 0100 ext 7",
    .primary = "jane@nic.ca",
    .secondary = "Jane.Doe@mail.example",
};

static const char NONE[] = "none";

/* JANE where but says nothing; NONE stands for what is left out. */
static PersonInput jane_but(PersonInput but)
{
    const char **fields[] = { &but.given_name, &but.family_name, &but.mobile, &but.primary,
                              &but.secondary };
    const char *janes[] = { JANE.given_name, JANE.family_name, JANE.mobile, JANE.primary,
                            JANE.secondary };

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (*fields[i] == NULL)
            *fields[i] = janes[i];
        else if (*fields[i] == NONE)
            *fields[i] = NULL;
    }
    return but;
}

#define JANE_BUT(...) ((const PersonInput[]){ jane_but((PersonInput){ __VA_ARGS__ }) })

static int64_t add(Db *db, const char *tld, int64_t rank, const PersonInput *input)
{
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    contact_add(db, &EDIT, tld, rank, input, &id, &err);
    g_assert_no_error(err);
    return id;
}

static void assert_refused(Db *db, const char *tld, int64_t rank, const PersonInput *input,
                           ErrKind kind, const char *reason)
{
    g_autoptr(GError) err = NULL;
    int64_t id = -1;
    int64_t people = count_rows(db, "SELECT count(*) FROM person");
    int64_t rows = count_rows(db, "SELECT count(*) FROM journal");

    g_assert_false(contact_add(db, &EDIT, tld, rank, input, &id, &err));
    g_test_message("%s", err->message);
    g_assert_true(err_is(err, kind));
    g_assert_nonnull(strstr(err->message, reason));
    g_assert_cmpint(id, ==, -1);
    g_assert_cmpint(count_rows(db, "SELECT count(*) FROM person"), ==, people);
    assert_journal(db, rows);
}

static Contact *get(Db *db, int64_t id)
{
    g_autoptr(GError) err = NULL;
    Contact *contact = NULL;
    contact_get(db, id, &contact, &err);
    g_assert_no_error(err);
    return contact;
}

/* Asserts who speaks for a TLD: "1:Jane 3:Ann". */
static void assert_ranks(Db *db, const char *tld, const char *want)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GPtrArray) seats = seat_list_of_tld(db, tld, &err);
    g_assert_no_error(err);

    for (guint i = 0; i < seats->len; i++) {
        const Seat *seat = seats->pdata[i];
        g_autoptr(Contact) contact = get(db, seat->person_id);
        g_string_append_printf(got, "%s%d:%s", i == 0 ? "" : " ", (int) seat->rank,
                               contact->person->given_name);
    }
    g_assert_cmpstr(got->str, ==, want);
}

static void test_what_was_typed_is_on_file(Fixture *f, gconstpointer unused)
{
    g_autoptr(Contact) contact = get(f->db, add(f->db, ".CA", 0, &JANE));
    const Person *person = contact->person;
    g_autofree char *mobile = person_mobile(person);

    g_assert_cmpstr(person->given_name, ==, "Jane");
    g_assert_cmpstr(person->mobile, ==, "+16135550100");
    g_assert_cmpstr(person->mobile_extension, ==, "7");
    g_assert_cmpstr(mobile, ==, "+1 613 555 0100 ext 7");
    g_assert_cmpstr(person->primary, ==, "jane@nic.ca");
    g_assert_cmpstr(person->secondary, ==, "Jane.Doe@mail.example");
    g_assert_false(person->secondary_delivers);
    g_assert_cmpstr(person->language, ==, "en");
    g_assert_cmpint(person->created_at, ==, NOW);
    g_assert_cmpuint(contact->seats->len, ==, 1);
    g_assert_cmpuint(contact->offices->len, ==, 0);
    assert_ranks(f->db, "ca", "1:Jane");
}

static void test_adding_is_journaled_with_values(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add(f->db, "ca", 0, &JANE);
    assert_journal(f->db, 1);

    g_autoptr(GPtrArray) values = journal_values(f->db, 1, &err);
    const JournalRowValue *last = values->pdata[values->len - 1];
    g_assert_cmpstr(last->name, ==, "language");
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM journal WHERE tld = 'ca'"
                                      " AND action = 'contact.add' AND details = 'rank 1'"),
                    ==, 1);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM journal_value"
                                      " WHERE value = '+1 613 555 0100 ext 7'"),
                    ==, 1);
}

static void test_wrong_input_is_refused_with_the_reason(Fixture *f, gconstpointer unused)
{
    const struct {
        const char *tld;
        int64_t rank;
        const PersonInput *input;
        ErrKind kind;
        const char *reason;
    } cases[] = {
        /* clang-format off */
        { "com", 0, &JANE, ERR_INVALID, "generic TLDs" },
        { "ca", 4, &JANE, ERR_INVALID, "ranks 1 to 3" },
        { "ca", -1, &JANE, ERR_INVALID, "ranks 1 to 3" },
        { "ca", 0, JANE_BUT(.mobile = NONE), ERR_INVALID, "needs a mobile number" },
        { "ca", 0, JANE_BUT(.mobile = ""), ERR_INVALID, "needs a mobile number" },
        { "ca", 0, JANE_BUT(.mobile = "555 0100"), ERR_INVALID, "mobile:" },
        { "ca", 0, JANE_BUT(.given_name = " \u200b"), ERR_INVALID, "given name is empty" },
        { "ca", 0, JANE_BUT(.given_name = "Jane <j@nic.ca>"), ERR_INVALID, "an address in it" },
        { "ca", 0, JANE_BUT(.primary = NONE), ERR_INVALID, "needs a primary address" },
        { "ca", 0, JANE_BUT(.primary = "jane"), ERR_INVALID, "primary address:" },
        { "ca", 0, JANE_BUT(.primary = "ja\xffne@nic.ca"), ERR_INVALID, "primary address: the address is not valid UTF-8" },
        { "ca", 0, JANE_BUT(.secondary = "jane@"), ERR_INVALID, "secondary address:" },
        { "ca", 0, JANE_BUT(.secondary = "JANE@NIC.CA"), ERR_INVALID, "is the primary one" },
        { "ca", 0, JANE_BUT(.secondary = "jane@mail.ca"), ERR_INVALID, "is inside .ca" },
        { "рф", 0, JANE_BUT(.secondary = "jane@пример.рф"), ERR_INVALID, "is inside .рф" },
        { "ca", 0, JANE_BUT(.language = "English please"), ERR_INVALID, "language" },
        { "ca", 0, JANE_BUT(.ascii_name = "Zoë"), ERR_INVALID, "ASCII name" },
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("case %zu", i);
        assert_refused(f->db, cases[i].tld, cases[i].rank, cases[i].input, cases[i].kind,
                       cases[i].reason);
    }
}

static void test_a_long_name_is_refused(Fixture *f, gconstpointer unused)
{
    g_autofree char *name = g_strnfill(101, 'a');
    assert_refused(f->db, "ca", 0, JANE_BUT(.given_name = name), ERR_INVALID,
                   "longer than 100");
}

static void test_a_full_tld_takes_nobody(Fixture *f, gconstpointer unused)
{
    add_contact(f->db, "ca", "Ann", "ann@nic.ca");
    add_contact(f->db, "ca", "Bob", "bob@nic.ca");
    add_contact(f->db, "ca", "Cid", "cid@nic.ca");
    assert_refused(f->db, "ca", 0, &JANE, ERR_LIMIT, ".ca has 3 contacts and may have 3");
}

static void test_an_approved_limit_goes_before_the_policy(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const TldChange more = { .contact_limit = 4, .approver = "the council" };
    test_a_full_tld_takes_nobody(f, unused);
    tld_set(f->db, "ca", &more, "cli:tester", NOW, &err);
    add(f->db, "ca", 0, &JANE);
    assert_ranks(f->db, "ca", "1:Ann 2:Bob 3:Cid 4:Jane");
}

static void test_the_next_free_rank_is_the_lowest(Fixture *f, gconstpointer unused)
{
    add(f->db, "ca", 2, &JANE);
    add_contact(f->db, "ca", "Ann", "ann@nic.ca");
    add_contact(f->db, "ca", "Bob", "bob@nic.ca");
    assert_ranks(f->db, "ca", "1:Ann 2:Jane 3:Bob");
}

static void test_a_taken_rank_makes_the_others_move(Fixture *f, gconstpointer unused)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    Edit edit = EDIT;
    edit.notices = notices;
    g_autoptr(GError) err = NULL;
    int64_t id = 0;

    add_contact(f->db, "ca", "Ann", "ann@nic.ca");
    add_contact(f->db, "ca", "Bob", "bob@nic.ca");
    contact_add(f->db, &edit, "ca", 1, &JANE, &id, &err);
    g_assert_no_error(err);
    assert_ranks(f->db, "ca", "1:Jane 2:Ann 3:Bob");
    g_assert_cmpuint(notices->len, ==, 1);
    g_assert_cmpint(
        count_rows(f->db, "SELECT count(*) FROM journal WHERE action = 'seat.rank'"), ==, 2);
    assert_journal(f->db, 5);
}

static void test_the_others_move_up_where_only_there_is_room(Fixture *f, gconstpointer unused)
{
    add(f->db, "ca", 3, &JANE);
    add_contact(f->db, "ca", "Ann", "ann@nic.ca"); /* 1 */
    const PersonInput bob = { .given_name = "Bob",
                              .mobile = "+1 613 555 0101",
                              .primary = "bob@nic.ca" };
    add(f->db, "ca", 3, &bob);
    assert_ranks(f->db, "ca", "1:Ann 2:Jane 3:Bob");
}

static void change(Db *db, int64_t id, const PersonInput *input, const char *tld, int64_t rank)
{
    g_autoptr(GError) err = NULL;
    contact_change(db, &EDIT, id, input, tld, rank, &err);
    g_assert_no_error(err);
}

static void test_moving_ranks_shifts_the_others(Fixture *f, gconstpointer unused)
{
    static const PersonInput NOTHING = { 0 };
    int64_t ann = add_contact(f->db, "ca", "Ann", "ann@nic.ca");
    add_contact(f->db, "ca", "Bob", "bob@nic.ca");
    int64_t cid = add_contact(f->db, "ca", "Cid", "cid@nic.ca");

    change(f->db, cid, &NOTHING, "ca", 1);
    assert_ranks(f->db, "ca", "1:Cid 2:Ann 3:Bob");
    change(f->db, cid, &NOTHING, "ca", 3);
    assert_ranks(f->db, "ca", "1:Ann 2:Bob 3:Cid");
    change(f->db, ann, &NOTHING, "ca", 2);
    assert_ranks(f->db, "ca", "1:Bob 2:Ann 3:Cid");
    change(f->db, ann, &NOTHING, "ca", 2);
    assert_journal(f->db, 3 + 3 + 3 + 2);
}

static void test_moving_into_a_gap_moves_nobody(Fixture *f, gconstpointer unused)
{
    static const PersonInput NOTHING = { 0 };
    int64_t ann = add_contact(f->db, "ca", "Ann", "ann@nic.ca");
    add_contact(f->db, "ca", "Bob", "bob@nic.ca");

    change(f->db, ann, &NOTHING, "ca", 3);
    assert_ranks(f->db, "ca", "2:Bob 3:Ann");
    change(f->db, ann, &NOTHING, "ca", 2);
    assert_ranks(f->db, "ca", "2:Ann 3:Bob");
}

static void test_ranks_move_in_a_tld_over_its_limit(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    static const PersonInput NOTHING = { 0 };
    const TldChange less = { .contact_limit = 2, .approver = "the council" };
    add_contact(f->db, "ca", "Ann", "ann@nic.ca");
    add_contact(f->db, "ca", "Bob", "bob@nic.ca");
    int64_t cid = add_contact(f->db, "ca", "Cid", "cid@nic.ca");

    tld_set(f->db, "ca", &less, "cli:tester", NOW, &err);
    change(f->db, cid, &NOTHING, "ca", 1);
    assert_ranks(f->db, "ca", "1:Cid 2:Ann 3:Bob");
}

static void test_one_person_may_speak_for_several_tlds(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    g_assert_cmpint(add(f->db, "рф", 0, &JANE), ==, id);
    g_assert_cmpint(add(f->db, "fr", 0, &(PersonInput){ .primary = "Jane@NIC.ca" }), ==, id);

    g_autoptr(Contact) contact = get(f->db, id);
    g_assert_cmpuint(contact->seats->len, ==, 3);
    g_assert_cmpstr(((Seat *) contact->seats->pdata[0])->tld, ==, "ca");
    g_assert_cmpstr(((Seat *) contact->seats->pdata[2])->u_label, ==, "рф");
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM person"), ==, 1);
    assert_journal(f->db, 3);
}

static void test_an_address_belongs_to_one_person(Fixture *f, gconstpointer unused)
{
    add(f->db, "ca", 0, &JANE);

    const struct {
        const PersonInput *input;
        const char *reason;
    } cases[] = {
        /* clang-format off */
        { JANE_BUT(.given_name = "Eve"), "is the address of Jane Doe" },
        { JANE_BUT(.mobile = "+1 613 555 0199"), "another mobile number" },
        { JANE_BUT(.mobile = "+1 613 555 0100"), "another mobile number" },
        { JANE_BUT(.secondary = "other@mail.example"), "another secondary address" },
        { JANE_BUT(.primary = "jane.doe@mail.example", .secondary = NONE), "the secondary address of Jane Doe" },
        { JANE_BUT(.primary = "eve@nic.fr", .secondary = "JANE@nic.ca"), "JANE@nic.ca is an address of Jane" },
        { JANE_BUT(.primary = "eve@nic.fr"), "is an address of Jane Doe" },
        { JANE_BUT(.language = "fr"), "another language" },
        { JANE_BUT(.ascii_name = "Jane D"), "another ASCII name" },
        { JANE_BUT(.secondary_mail = PERSON_MAIL_YES), "gets no mail so far" },
        /* clang-format on */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(f->db, "fr", 0, cases[i].input, ERR_EXISTS, cases[i].reason);
    assert_refused(f->db, "ca", 0, &JANE, ERR_EXISTS, "speaks for .ca already");
}

static void test_a_later_seat_must_not_contain_the_secondary(Fixture *f, gconstpointer unused)
{
    const PersonInput *input = JANE_BUT(.secondary = "jane@mail.fr");
    add(f->db, "ca", 0, input);
    assert_refused(f->db, "fr", 0, input, ERR_INVALID, "is inside .fr");
}

static void assert_change_refused(Db *db, int64_t id, const PersonInput *input, const char *tld,
                                  int64_t rank, const char *reason)
{
    g_autoptr(GError) err = NULL;
    int64_t rows = count_rows(db, "SELECT count(*) FROM journal");
    g_assert_false(contact_change(db, &EDIT, id, input, tld, rank, &err));
    g_test_message("%s", err->message);
    g_assert_nonnull(strstr(err->message, reason));
    assert_journal(db, rows);
}

static void test_wrong_changes_are_refused(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    add_contact(f->db, "fr", "Ann", "ann@nic.fr");

    const struct {
        PersonInput input;
        const char *reason;
    } cases[] = {
        { { .secondary = "jane@mail.ca" }, "is inside .ca" },
        { { .primary = "ann@nic.fr" }, "is an address of Ann Doe" },
        { { .primary = "" }, "needs a primary address" },
        { { .mobile = "" }, "needs a mobile number" },
        { { .given_name = "" }, "given name is empty" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_change_refused(f->db, id, &cases[i].input, NULL, 0, cases[i].reason);
    assert_change_refused(f->db, id, &(PersonInput){ 0 }, "fr", 1, "does not speak for .fr");
    assert_change_refused(f->db, id, &(PersonInput){ 0 }, "ca", 4, "ranks 1 to 3");
    assert_change_refused(f->db, 99, &(PersonInput){ 0 }, NULL, 0, "no person number 99");
}

static void test_a_change_keeps_the_rest(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    change(f->db, id,
           &(PersonInput){ .mobile = "0044 1632 960001", .secondary_mail = PERSON_MAIL_YES },
           NULL, 0);

    g_autoptr(Contact) contact = get(f->db, id);
    g_assert_cmpstr(contact->person->mobile, ==, "+441632960001");
    g_assert_null(contact->person->mobile_extension);
    g_assert_true(contact->person->secondary_delivers);
    g_assert_cmpstr(contact->person->given_name, ==, "Jane");
    g_assert_cmpstr(contact->person->primary, ==, "jane@nic.ca");

    g_autoptr(GPtrArray) values = journal_values(f->db, 2, NULL);
    g_assert_cmpuint(values->len, ==, 2);
    g_assert_cmpstr(((JournalRowValue *) values->pdata[0])->name, ==, "mobile");
}

static void test_the_two_addresses_may_change_places(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "fr", 0, &JANE);
    change(f->db, id,
           &(PersonInput){ .primary = "Jane.Doe@mail.example", .secondary = "jane@nic.ca" },
           NULL, 0);
    g_autoptr(Contact) contact = get(f->db, id);
    g_assert_cmpstr(contact->person->primary, ==, "Jane.Doe@mail.example");
    g_assert_cmpstr(contact->person->secondary, ==, "jane@nic.ca");
}

static void test_a_change_to_the_same_leaves_no_row(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    change(f->db, id, &JANE, NULL, 0);
    assert_journal(f->db, 1);
}

static void test_the_secondary_address_can_be_taken_away(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, JANE_BUT(.secondary_mail = PERSON_MAIL_YES));
    change(f->db, id, &(PersonInput){ .secondary = "" }, NULL, 0);
    g_autoptr(Contact) contact = get(f->db, id);
    g_assert_null(contact->person->secondary);
    g_assert_false(contact->person->secondary_delivers);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM address"), ==, 1);
}

/* Removes with notices, joined by " | ". */
static char *remove_contact(Db *db, int64_t id, const char *tld)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    Edit edit = EDIT;
    edit.notices = notices;
    contact_remove(db, &edit, id, tld, &err);
    g_assert_no_error(err);
    g_ptr_array_add(notices, NULL);
    return g_strjoinv(" | ", (char **) notices->pdata);
}

static void test_removing_a_seat_keeps_the_others(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    add(f->db, "fr", 0, &JANE);
    g_autofree char *notices = remove_contact(f->db, id, "CA");
    g_assert_cmpstr(notices, ==, ".ca has no contact left");

    g_autoptr(Contact) contact = get(f->db, id);
    g_assert_cmpuint(contact->seats->len, ==, 1);
    g_assert_cmpstr(((Seat *) contact->seats->pdata[0])->tld, ==, "fr");
}

static void test_who_has_no_seat_left_goes_with_the_addresses(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    add(f->db, "рф", 0, &JANE);
    add_contact(f->db, "ca", "Ann", "ann@nic.ca");

    g_autofree char *notices = remove_contact(f->db, id, NULL);
    g_assert_cmpstr(notices, ==,
                    ".рф has no contact left | Jane Doe has neither seat nor office left and "
                    "is no longer on file");
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM person"), ==, 1);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM address"), ==, 1);
    assert_ranks(f->db, "ca", "2:Ann");
    assert_journal(f->db, 3 + 3);
}

/* The journal goes by numbers: one that came again would mix two people up in it. */
static void test_a_number_is_never_given_again(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    g_free(remove_contact(f->db, id, NULL));
    g_assert_cmpint(add_contact(f->db, "ca", "Ann", "jane@nic.ca"), >, id);
}

static void test_removing_what_is_not_there_is_refused(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0, &JANE);
    static const char *const TLDS[] = { "fr", "com" };
    for (size_t i = 0; i < G_N_ELEMENTS(TLDS); i++) {
        g_autoptr(GError) err = NULL;
        g_assert_false(contact_remove(f->db, &EDIT, id, TLDS[i], &err));
    }
    g_autoptr(GError) err = NULL;
    g_assert_false(contact_remove(f->db, &EDIT, 99, NULL, &err));
    g_assert_true(err_is(err, ERR_NOT_FOUND));
    assert_journal(f->db, 1);
}

/* Names of many scripts: how they are kept, and their ASCII form. */
static void test_names_keep_every_script(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *given, *family, *ascii_typed;
        const char *want, *want_ascii; /* NULL: none */
    } CASES[] = {
        /* clang-format off */
        { "Zoë", "Müller", NULL, "Zoë Müller", "Zoe Muller" },
        { "Иван", "Петров", NULL, "Иван Петров", "Ivan Petrov" },
        { "王", "小明", NULL, "王 小明", NULL },
        { "王", "小明", "Wang Xiaoming", "王 小明", "Wang Xiaoming" },
        { "علی\u200cرضا", "احمدی", NULL, "علی\u200cرضا احمدی", NULL },
        { "राम", "क्\u200dष", NULL, "राम क्\u200dष", NULL },
        { "Suharto", "", NULL, "Suharto", "Suharto" },
        { "\u202eJane\u202c", "D\u00a0oe\a", NULL, "Jane D oe", "Jane D oe" },
        { "O\u2019Brien", "\u201cBob\u201d", NULL, "O'Brien \"Bob\"", "O'Brien \"Bob\"" },
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        Fixture fresh;
        directory_set_up(&fresh, NULL);
        g_autoptr(Contact) contact = get(
            fresh.db, add(fresh.db, "ca", 0,
                          JANE_BUT(.given_name = CASES[i].given, .family_name = CASES[i].family,
                                   .ascii_name = CASES[i].ascii_typed)));
        g_autofree char *name = person_name(contact->person);
        g_autofree char *ascii = person_ascii_name(contact->person);
        g_assert_cmpstr(name, ==, CASES[i].want);
        g_assert_cmpstr(ascii, ==, CASES[i].want_ascii);
        fixture_tear_down(&fresh, NULL);
    }
}

static void test_what_was_cleaned_is_told(Fixture *f, gconstpointer unused)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    Edit edit = EDIT;
    edit.notices = notices;
    int64_t id = 0;
    contact_add(f->db, &edit, "ca", 0,
                JANE_BUT(.given_name = "\u202eJane\u202c", .family_name = "王"), &id, NULL);
    g_assert_cmpuint(notices->len, ==, 2);
    g_assert_cmpstr(notices->pdata[0], ==,
                    "given name \"Jane\": invisible characters were removed");
    g_assert_nonnull(strstr(notices->pdata[1], "no form in ASCII"));
}

static void test_pasted_addresses_are_cleaned_with_a_notice(Fixture *f, gconstpointer unused)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    Edit edit = EDIT;
    edit.notices = notices;
    int64_t id = 0;
    contact_add(f->db, &edit, "ca", 0,
                JANE_BUT(.primary = "\u200ejane\u2010doe@nic.ca ", .secondary = " "), &id,
                NULL);
    g_autoptr(Contact) contact = get(f->db, id);
    g_assert_cmpstr(contact->person->primary, ==, "jane-doe@nic.ca");
    g_assert_null(contact->person->secondary);
    g_assert_cmpuint(notices->len, ==, 1);
    g_assert_true(g_str_has_prefix(notices->pdata[0], "primary address: invisible"));
}

static void test_a_written_ascii_name_goes_with_its_name(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f->db, "ca", 0,
                     JANE_BUT(.given_name = "王", .ascii_name = "Wang Xiaoming"));
    change(f->db, id, &(PersonInput){ .given_name = "李" }, NULL, 0);
    g_autoptr(Contact) contact = get(f->db, id);
    g_assert_null(contact->person->ascii_name);
}

static void test_names_compare_with_lost_letters(void)
{
    static const struct {
        const char *given, *family, *name;
        bool want;
    } CASES[] = {
        { "Jörg", "Müller", "jorg muller", true },
        { "Jörg", "Müller", "J?rg M?ller", true },
        { "J?rg", "M?ller", "Jörg Müller", true },
        { "Groß", "", "gro?", true },
        { "王", "小明", "? ??", true },
        { "Jane", "Doe", "Jane  Doe ", true },
        { "Jane", "Doe", "Jane D", false },
        { "Jane", "Doe", "Jane Doe?", false },
        { "Jane", "Doe", "Eve Doe", false },
        { "Jane", "Doe", "?ve Doe", false },
        { "Jane", "", "", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *given = g_strdup(CASES[i].given);
        g_autofree char *family = g_strdup(CASES[i].family);
        const Person person = { .given_name = given, .family_name = family };
        g_test_message("%s %s: %s", given, family, CASES[i].name);
        g_assert_true(person_has_name(&person, CASES[i].name) == CASES[i].want);
    }
}

static void test_lists_are_in_order(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add_contact(f->db, "ca", "Émile", "emile@nic.ca");
    add_contact(f->db, "fr", "Ann", "ann@nic.fr");
    int64_t zoe = add_contact(f->db, "ca", "Zoë", "zoe@nic.ca");
    change(f->db, zoe, &(PersonInput){ 0 }, "ca", 1);

    g_autoptr(GPtrArray) all = contact_list(f->db, NULL, &err);
    g_autoptr(GPtrArray) ca = contact_list(f->db, "ca", &err);
    g_assert_no_error(err);
    g_assert_cmpuint(all->len, ==, 3);
    g_assert_cmpstr(((Contact *) all->pdata[1])->person->given_name, ==, "Émile");
    g_assert_cmpuint(ca->len, ==, 2);
    g_assert_cmpstr(((Contact *) ca->pdata[0])->person->given_name, ==, "Zoë");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/contact/on_file", test_what_was_typed_is_on_file);
    ADD_DIRECTORY_TEST("/contact/journaled", test_adding_is_journaled_with_values);
    ADD_DIRECTORY_TEST("/contact/wrong_input", test_wrong_input_is_refused_with_the_reason);
    ADD_DIRECTORY_TEST("/contact/long_name", test_a_long_name_is_refused);
    ADD_DIRECTORY_TEST("/contact/full_tld", test_a_full_tld_takes_nobody);
    ADD_DIRECTORY_TEST("/contact/approved_limit",
                       test_an_approved_limit_goes_before_the_policy);
    ADD_DIRECTORY_TEST("/contact/next_free_rank", test_the_next_free_rank_is_the_lowest);
    ADD_DIRECTORY_TEST("/contact/taken_rank", test_a_taken_rank_makes_the_others_move);
    ADD_DIRECTORY_TEST("/contact/others_move_up",
                       test_the_others_move_up_where_only_there_is_room);
    ADD_DIRECTORY_TEST("/contact/moving_ranks", test_moving_ranks_shifts_the_others);
    ADD_DIRECTORY_TEST("/contact/into_a_gap", test_moving_into_a_gap_moves_nobody);
    ADD_DIRECTORY_TEST("/contact/over_the_limit", test_ranks_move_in_a_tld_over_its_limit);
    ADD_DIRECTORY_TEST("/contact/several_tlds", test_one_person_may_speak_for_several_tlds);
    ADD_DIRECTORY_TEST("/contact/one_person", test_an_address_belongs_to_one_person);
    ADD_DIRECTORY_TEST("/contact/later_seat", test_a_later_seat_must_not_contain_the_secondary);
    ADD_DIRECTORY_TEST("/contact/wrong_changes", test_wrong_changes_are_refused);
    ADD_DIRECTORY_TEST("/contact/change", test_a_change_keeps_the_rest);
    ADD_DIRECTORY_TEST("/contact/swap", test_the_two_addresses_may_change_places);
    ADD_DIRECTORY_TEST("/contact/no_change", test_a_change_to_the_same_leaves_no_row);
    ADD_DIRECTORY_TEST("/contact/no_secondary", test_the_secondary_address_can_be_taken_away);
    ADD_DIRECTORY_TEST("/contact/remove_seat", test_removing_a_seat_keeps_the_others);
    ADD_DIRECTORY_TEST("/contact/remove_person",
                       test_who_has_no_seat_left_goes_with_the_addresses);
    ADD_DIRECTORY_TEST("/contact/numbers", test_a_number_is_never_given_again);
    ADD_DIRECTORY_TEST("/contact/remove_nothing", test_removing_what_is_not_there_is_refused);
    ADD_DIRECTORY_TEST("/contact/scripts", test_names_keep_every_script);
    ADD_DIRECTORY_TEST("/contact/notices", test_what_was_cleaned_is_told);
    ADD_DIRECTORY_TEST("/contact/pasted", test_pasted_addresses_are_cleaned_with_a_notice);
    ADD_DIRECTORY_TEST("/contact/ascii_name", test_a_written_ascii_name_goes_with_its_name);
    g_test_add_func("/contact/lost_letters", test_names_compare_with_lost_letters);
    ADD_DIRECTORY_TEST("/contact/lists", test_lists_are_in_order);
    return g_test_run();
}
