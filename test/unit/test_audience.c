#include "directory/audience.h"

#include "base/err.h"
#include "directory/office.h"
#include "directory_fixture.h"

static void test_an_audience_reads_back(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *text;
        const char *want;
    } CASES[] = {
        { "everyone", "everyone" },   { "committee", "committee" },  { "tld:.CA", "tld:ca" },
        { "tld:рф", "tld:xn--p1ai" }, { "region:eur", "region:EU" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_auto(Audience) audience = { 0 };
        g_auto(Audience) again = { 0 };
        g_assert_true(audience_parse(f->db, CASES[i].text, &audience, &err));
        g_assert_no_error(err);
        g_autofree char *text = audience_format(&audience);
        g_assert_cmpstr(text, ==, CASES[i].want);
        g_assert_true(audience_parse(f->db, text, &again, &err));
        g_assert_true(again.kind == audience.kind);
    }
}

static void test_what_is_no_audience_is_refused(Fixture *f, gconstpointer unused)
{
    static const char *const CASES[] = { "",         "nobody",    "everyone:ca", "tld",
                                         "tld:",     "tld:com",   "tld:an",      "region:XX",
                                         "Everyone", "committee:" };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_auto(Audience) audience = { 0 };
        bool is_read = audience_parse(f->db, CASES[i], &audience, &err);
        g_test_message("%s", CASES[i]);
        /* An empty detail is the same as none. */
        g_assert_true(is_read == g_str_equal(CASES[i], "committee:"));
        g_assert_true(is_read || err_is(err, ERR_INVALID));
    }
}

/* Jane of .ca (both addresses), Ann of .ca and .рф, Bob of .eg; Ann is chair, Kim secretary
 * without a seat, Obi an observer, Op the operator. */
static void set_up_people(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    const PersonInput jane = { .given_name = "Jane",
                               .mobile = "+1 613 555 0100",
                               .primary = "jane@nic.ca",
                               .secondary = "jane@mail.example",
                               .secondary_mail = PERSON_MAIL_YES };
    const PersonInput bob = { .given_name = "Bob",
                              .mobile = "+1 613 555 0101",
                              .primary = "bob@nic.eg",
                              .secondary = "bob@mail.example" };
    const PersonInput kim = { .given_name = "Kim", .primary = "kim@office.example" };
    const PersonInput obi = { .given_name = "Obi", .primary = "obi@office.example" };
    const PersonInput op = { .given_name = "Op", .primary = "op@office.example" };

    contact_add(f->db, &EDIT, "ca", 0, &jane, &id, &err);
    contact_add(f->db, &EDIT, "eg", 0, &bob, &id, &err);
    id = add_contact(f->db, "ca", "Ann", "ann@nic.ca");
    add_contact(f->db, "рф", "Ann", "ann@nic.ca");
    office_grant(f->db, &EDIT, id, "chair", NOW, &err);
    office_grant(f->db, &EDIT, id, "committee", NOW, &err);
    office_grant_new(f->db, &EDIT, &kim, "secretary", NOW, &id, &err);
    office_grant_new(f->db, &EDIT, &obi, "observer", NOW, &id, &err);
    office_grant_new(f->db, &EDIT, &op, "operator", NOW, &id, &err);
    g_assert_no_error(err);
}

/* Sends something to an audience; the addresses of the copies in their order. */
static char *addresses_of(Db *db, const char *text)
{
    g_autoptr(GError) err = NULL;
    g_auto(Audience) audience = { 0 };
    g_autoptr(GBytes) data = g_bytes_new_static("Subject: x\r\n\r\nbody\r\n", 20);
    const OutboxMessage message = { .kind = OUTBOX_POST, .data = data };
    OutboxAdded added = { 0, 0 };
    int64_t count = -1;

    audience_parse(db, text, &audience, &err);
    g_assert_no_error(err);
    audience_count(db, &audience, &count, &err);
    audience_send(db, &audience, &message, NOW, &added, &err);
    g_assert_no_error(err);
    g_assert_cmpint(added.copies, ==, count);

    const OutboxFilter filter = { .message_id = added.message_id };
    g_autoptr(GPtrArray) rows = outbox_list(db, &filter, 0, 100, &err);
    g_assert_no_error(err);
    g_assert_cmpint(rows->len, ==, count);
    g_autoptr(GString) addresses = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i++) {
        const OutboxDelivery *delivery = rows->pdata[i];
        g_assert_cmpstr(delivery->state, ==, "waiting");
        g_assert_cmpint(delivery->due_at, ==, NOW);
        g_string_append_printf(addresses, "%s%s", i > 0 ? " " : "", delivery->address);
    }
    return g_strdup(addresses->str);
}

static void test_each_gets_a_post_once_where_mail_is_delivered(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *audience;
        const char *want;
    } CASES[] = {
        /* clang-format off */
        { "everyone", "jane@nic.ca jane@mail.example bob@nic.eg ann@nic.ca kim@office.example obi@office.example" },
        { "committee", "ann@nic.ca kim@office.example" },
        { "tld:ca", "jane@nic.ca jane@mail.example ann@nic.ca" },
        { "tld:рф", "ann@nic.ca" },
        { "tld:fr", "" },
        { "region:AF", "bob@nic.eg" },
        { "region:EU", "ann@nic.ca" },
        { "region:LAC", "" },
        /* clang-format on */
    };
    set_up_people(f);
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *got = addresses_of(f->db, CASES[i].audience);
        g_test_message("%s", CASES[i].audience);
        g_assert_cmpstr(got, ==, CASES[i].want);
    }
}

static void test_who_left_gets_nothing(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    set_up_people(f);
    int64_t ann = 0;
    contact_resolve(f->db, "ann@nic.ca", &ann, &err);
    office_end(f->db, &EDIT, ann, "chair", NOW, &err);
    office_end(f->db, &EDIT, ann, "committee", NOW, &err);
    contact_remove(f->db, &EDIT, 1, NULL, &err);
    g_assert_no_error(err);

    g_autofree char *committee = addresses_of(f->db, "committee");
    g_autofree char *ca = addresses_of(f->db, "tld:ca");
    g_assert_cmpstr(committee, ==, "kim@office.example");
    g_assert_cmpstr(ca, ==, "ann@nic.ca");
}

static void test_an_audience_knows_its_people(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *audience;
        const char *who;
        bool want;
    } CASES[] = {
        { "committee", "ann@nic.ca", true },        { "committee", "jane@nic.ca", false },
        { "tld:ca", "jane@mail.example", true },    { "tld:eg", "jane@nic.ca", false },
        { "everyone", "op@office.example", false }, { "region:AF", "bob@nic.eg", true },
    };
    set_up_people(f);
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_auto(Audience) audience = { 0 };
        int64_t id = 0;
        bool has = !CASES[i].want;
        audience_parse(f->db, CASES[i].audience, &audience, &err);
        contact_resolve(f->db, CASES[i].who, &id, &err);
        audience_has(f->db, &audience, id, &has, &err);
        g_assert_no_error(err);
        g_assert_true(has == CASES[i].want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/audience/reads_back", test_an_audience_reads_back);
    ADD_DIRECTORY_TEST("/audience/refused", test_what_is_no_audience_is_refused);
    ADD_DIRECTORY_TEST("/audience/addresses",
                       test_each_gets_a_post_once_where_mail_is_delivered);
    ADD_DIRECTORY_TEST("/audience/who_left", test_who_left_gets_nothing);
    ADD_DIRECTORY_TEST("/audience/has", test_an_audience_knows_its_people);
    return g_test_run();
}
