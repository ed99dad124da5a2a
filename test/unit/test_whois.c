#include "membership/whois.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "iana_fixture.h"

static bool read_text(const char *text, IanaRecord *ret, GError **err)
{
    return whois_read(text, strlen(text), ret, err);
}

/* What each sample says: of its fields a few that tell whether it was read right. */
static const struct {
    const char *file;
    const char *domain;
    const char *organisation;
    const char *administrative_email;
    const char *technical_phone;
    int64_t ds_count;
    const char *status;
} SAMPLES[] = {
    /* clang-format off */
    { "be", "be", "Example Registry vzw/asbl", "admin@nic-be.example", "+32 16 00 00 01", 4, "active" },
    { "br", "br", "Comite Exemplo da Internet", "admin@nic-br.example", "+55 11 0000 0001", 1, "active" },
    { "bw", "bw", "Example Communications Regulatory Authority (ECRA)", "admin@nic-bw.example", "+267 300 0001", 0, "active" },
    { "eh", "eh", "Not assigned", NULL, NULL, 0, "not assigned" },
    { "ie", "ie", "Example University\nComputing Services\nComputer Centre", "admin@nic-ie.example", "+353 1 000 0001", 1, "active" },
    { "in", "in", "Example Internet Exchange of India", "admin@nic-in.example", "+91 11 00000001", 1, "active" },
    { "io", "io", "IO Example Domain Registry\nExample Cable and Wireless", "admin@nic-io.example", NULL, 3, "active" },
    { "ir", "ir", "Institute for Example Research", "admin@nic-ir.example", "+98 21 00000001", 2, "active" },
    { "mx", "mx", "NIC-Example\nEXA - Campus Ejemplo", "admin@nic-mx.example", "+52 (81) 0000 0001", 1, "active" },
    { "us", "us", "Example Registry Services, LLC", "admin@nic-us.example", "+1 480 000 0001", 1, "active" },
    { "xn--p1ai", "xn--p1ai", "Example Coordination Center for TLD", "admin@nic-p1ai.example", "+7 495 000 00 01", 1, "active" },
    { "synthetic/be-crlf", "be", "Example Registry vzw/asbl", "admin@nic-be.example", "+32 16 00 00 01", 4, "active" },
    { "synthetic/former", "zz", "Not assigned", NULL, NULL, 0, "former" },
    { "synthetic/uk-blank-whois", "uk", "Example Registry UK", "admin@nic-uk.example", "+44 1632 960002", 1, "active" },
    { "synthetic/xn--ygbi2ammx", "xn--ygbi2ammx", "Example National Internet Naming Authority\nMinistry of Examples", "admin@nic-ps.example", "+970 2 000 0003", 0, "active" },
    /* clang-format on */
};

static void test_every_sample_is_read_right(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SAMPLES); i++) {
        g_autofree char *file = g_strdup_printf("whois/%s.txt", SAMPLES[i].file);
        g_autoptr(GBytes) bytes = iana_sample(file);
        g_autoptr(GError) err = NULL;
        g_auto(IanaRecord) record = { .domain = NULL };
        g_test_message("%s", SAMPLES[i].file);
        whois_read(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &record, &err);
        g_assert_no_error(err);
        g_assert_cmpstr(record.domain, ==, SAMPLES[i].domain);
        g_assert_cmpstr(record.organisation, ==, SAMPLES[i].organisation);
        g_assert_cmpstr(record.administrative.email, ==, SAMPLES[i].administrative_email);
        g_assert_cmpstr(record.technical.phone, ==, SAMPLES[i].technical_phone);
        g_assert_cmpint(record.ds_count, ==, SAMPLES[i].ds_count);
        g_assert_cmpstr(record.dnssec, ==, SAMPLES[i].ds_count > 0 ? "signed" : "unsigned");
        g_assert_cmpstr(record.status, ==, SAMPLES[i].status);
        g_assert_cmpint(record.changed_at, >, 0);
    }
}

static void test_every_field_of_an_object_is_read(void)
{
    static const struct {
        const char *key;
        const char *want;
    } WANT[] = {
        { "address", "Voorbeeldlaan 5, bus 13\nVoorbeeldstad  1000\nBelgium" },
        { "administrative_name", "Anna Voorbeeld" },
        { "administrative_organisation", "Example Registry vzw/asbl" },
        { "administrative_address", "Voorbeeldlaan 5, bus 13\nVoorbeeldstad  1000\nBelgium" },
        { "administrative_phone", "+32 16 00 00 01" },
        { "administrative_fax", "+32 16 00 00 02" },
        { "technical_name", "Jan Testman" },
        { "technical_email", "tech@nic-be.example" },
    };
    g_autoptr(GBytes) bytes = iana_sample("whois/be.txt");
    g_auto(IanaRecord) record = { .domain = NULL };
    g_assert_true(
        whois_read(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &record, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(WANT); i++)
        g_assert_cmpstr(iana_value(&record, WANT[i].key), ==, WANT[i].want);
    g_assert_cmpint(record.created_at, ==, 586742400); /* 1988-08-05 */
    g_assert_cmpint(record.changed_at, ==, 1406678400);
}

#define OBJECT "domain: XX\norganisation: Example\n"

/* What is no object of a TLD, the kind of error and a part of its text. */
static const struct {
    const char *answer;
    ErrKind kind;
    const char *reason;
} REFUSED[] = {
    /* clang-format off */
    { "", ERR_TEMPORARY, "cut off" },
    { "% IANA WHOIS server\n", ERR_TEMPORARY, "cut off" },
    { OBJECT, ERR_TEMPORARY, "no \"source:\" line" },
    { OBJECT "contact: administrative\ne-mail: admin@nic.exa", ERR_TEMPORARY, "cut off in line 4" },
    { OBJECT "source: IAN", ERR_TEMPORARY, "cut off in line 3" },
    { OBJECT "source: IANA", ERR_TEMPORARY, "cut off in line 3" },
    { "% This query returned 0 objects.\n%\n% You queried for x\n", ERR_NOT_FOUND, "no such name" },
    { "% IANA WHOIS server\n%\n% Error: Invalid query ", ERR_INVALID, "Invalid query" },
    { OBJECT "source: RIPE\n", ERR_INVALID, "another than IANA" },
    { "organisation: Example\nsource: IANA\n", ERR_INVALID, "not about a domain" },
    { "domain: XX\ndomain: YY\nsource: IANA\n", ERR_INVALID, "not about a domain" },
    { "domain: not a label\nsource: IANA\n", ERR_INVALID, "not about a domain" },
    { "<!DOCTYPE html>\n<html>\n", ERR_INVALID, "line 1 is no" },
    { "HTTP/1.1 400 Bad Request\n\n", ERR_INVALID, "line 1 is no" },
    { OBJECT "two words: x\nsource: IANA\n", ERR_INVALID, "line 3 is no" },
    { OBJECT "address: caf\xe9\nsource: IANA\n", ERR_INVALID, "not UTF-8" },
    /* clang-format on */
};

static void test_what_is_no_object_is_refused_by_its_kind(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
        g_autoptr(GError) err = NULL;
        IanaRecord record = { .domain = NULL };
        g_test_message("answer %zu", i);
        g_assert_false(read_text(REFUSED[i].answer, &record, &err));
        g_assert_error(err, ERR_DOMAIN, (int) REFUSED[i].kind);
        g_assert_nonnull(strstr(err->message, REFUSED[i].reason));
        g_assert_null(record.domain);
    }
}

static void test_sample_answers_without_an_object(void)
{
    g_autoptr(GBytes) none = iana_sample("whois/notfound.txt");
    g_autoptr(GBytes) invalid = iana_sample("whois/invalid.txt");
    IanaRecord record = { .domain = NULL };
    g_autoptr(GError) err = NULL;
    whois_read(g_bytes_get_data(none, NULL), g_bytes_get_size(none), &record, &err);
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
    g_clear_error(&err);
    whois_read(g_bytes_get_data(invalid, NULL), g_bytes_get_size(invalid), &record, &err);
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_assert_nonnull(strstr(err->message, "\"Error: Invalid query\""));
}

/* Cut anywhere before its source line, an answer is not read as a shorter one. */
static void test_no_part_of_an_answer_reads(void)
{
    g_autoptr(GBytes) bytes = iana_sample("whois/mx.txt");
    size_t size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    for (size_t cut = 0; cut + 1 < size; cut++) {
        IanaRecord record = { .domain = NULL };
        g_autoptr(GError) err = NULL;
        g_assert_false(whois_read(text, cut, &record, &err));
        g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    }
}

static void test_what_follows_the_source_line_is_another_servers(void)
{
    g_auto(IanaRecord) record = { .domain = NULL };
    g_autoptr(GError) err = NULL;
    read_text(OBJECT "source: IANA\n\n# whois.nic.xx\nDomain Name: evil\n"
                     "contact: administrative\ne-mail: eve@evil.example\n",
              &record, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(record.domain, ==, "xx");
    g_assert_null(record.administrative.email);
}

static void test_blank_value_does_not_take_the_next_line(void)
{
    g_auto(IanaRecord) record = { .domain = NULL };
    g_assert_true(read_text("refer:\n\ndomain: XX\ncontact: administrative\nphone:\n"
                            "e-mail: a@nic.example\nwhois:\n\nstatus: ACTIVE\nsource: IANA\n",
                            &record, NULL));
    g_assert_null(record.administrative.phone);
    g_assert_cmpstr(record.administrative.email, ==, "a@nic.example");
    g_assert_cmpstr(record.status, ==, "active");
}

static void test_contact_of_another_kind_is_nobodys(void)
{
    g_auto(IanaRecord) record = { .domain = NULL };
    g_assert_true(read_text(OBJECT "contact: administrative\ne-mail: a@nic.example\n"
                                   "contact: security\nname: Sam\ne-mail: s@nic.example\n"
                                   "organisation: Other\nsource: IANA\n",
                            &record, NULL));
    g_assert_cmpstr(record.administrative.email, ==, "a@nic.example");
    g_assert_cmpstr(record.organisation, ==, "Example");
    g_assert_null(record.administrative.name);
}

static void test_answer_has_bounds(void)
{
    g_autofree char *long_line = g_strnfill(IANA_VALUE_MAX + 1, 'x');
    g_autofree char *value = g_strdup_printf(OBJECT "address: %s\nsource: IANA\n", long_line);
    g_autoptr(GString) lines = g_string_new(OBJECT);
    for (int i = 0; i < WHOIS_LINES_MAX; i++)
        g_string_append(lines, "remarks: x\n");
    g_autofree char *large = g_strnfill(WHOIS_SIZE_MAX + 1, '\n');

    const char *const ANSWERS[] = { value, lines->str, large };
    for (size_t i = 0; i < G_N_ELEMENTS(ANSWERS); i++) {
        IanaRecord record = { .domain = NULL };
        g_autoptr(GError) err = NULL;
        g_assert_false(read_text(ANSWERS[i], &record, &err));
        g_assert_error(err, ERR_DOMAIN, ERR_LIMIT);
    }
}

/* Values as they are published, and whether they mean the same. */
static const struct {
    const char *key;
    const char *a;
    const char *b;
    bool same;
} PAIRS[] = {
    { "administrative_phone", "+32 16 00 00 01", "+3216000001", true },
    { "administrative_phone", "+1.425.298.2200", "+1 (425) 298-2200", true },
    { "administrative_phone", "+32 16 00 00 01", "+32 16 00 00 02", false },
    { "administrative_email", "Admin@NIC.example", "admin@nic.EXAMPLE", true },
    { "administrative_email", "admin@nic.example", "admin@nlc.example", false },
    { "organisation", "NIC\nExample  Ltd", "nic example ltd", true },
    { "organisation", "S\u00e3o", "SAO", true },
    { "organisation", NULL, NULL, true },
    { "organisation", "x", NULL, false },
};

static void test_values_are_compared_by_what_they_mean(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PAIRS); i++) {
        const IanaField *field = iana_field_find(PAIRS[i].key);
        g_test_message("%s %s", PAIRS[i].a, PAIRS[i].b);
        g_assert_cmpint(iana_value_is_same(field, PAIRS[i].a, PAIRS[i].b), ==, PAIRS[i].same);
    }
    g_assert_null(iana_field_find("domain"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/whois/every-sample-is-read-right", test_every_sample_is_read_right);
    g_test_add_func("/whois/every-field-of-an-object-is-read",
                    test_every_field_of_an_object_is_read);
    g_test_add_func("/whois/what-is-no-object-is-refused-by-its-kind",
                    test_what_is_no_object_is_refused_by_its_kind);
    g_test_add_func("/whois/sample-answers-without-an-object",
                    test_sample_answers_without_an_object);
    g_test_add_func("/whois/no-part-of-an-answer-reads", test_no_part_of_an_answer_reads);
    g_test_add_func("/whois/what-follows-the-source-line-is-another-servers",
                    test_what_follows_the_source_line_is_another_servers);
    g_test_add_func("/whois/blank-value-does-not-take-the-next-line",
                    test_blank_value_does_not_take_the_next_line);
    g_test_add_func("/whois/contact-of-another-kind-is-nobodys",
                    test_contact_of_another_kind_is_nobodys);
    g_test_add_func("/whois/answer-has-bounds", test_answer_has_bounds);
    g_test_add_func("/whois/values-are-compared-by-what-they-mean",
                    test_values_are_compared_by_what_they_mean);
    return g_test_run();
}
