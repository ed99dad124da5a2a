#include "membership/rdap.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "iana_fixture.h"
#include "membership/whois.h"

static bool read_text(const char *text, IanaRecord *ret, GError **err)
{
    return rdap_read(text, strlen(text), ret, err);
}

static void read_sample(const char *file, IanaRecord *ret)
{
    g_autoptr(GBytes) bytes = iana_sample(file);
    g_autoptr(GError) err = NULL;
    rdap_read(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), ret, &err);
    g_assert_no_error(err);
}

/* Made of the WHOIS samples, they say the same in every field. */
static void test_samples_say_what_whois_says(void)
{
    static const struct {
        const char *rdap;
        const char *whois;
    } PAIRS[] = {
        { "rdap/be.json", "whois/be.txt" },
        { "rdap/uk.json", "whois/synthetic/uk-blank-whois.txt" },
        { "rdap/xn--p1ai.json", "whois/xn--p1ai.txt" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(PAIRS); i++) {
        g_auto(IanaRecord) rdap = { .domain = NULL };
        g_auto(IanaRecord) whois = { .domain = NULL };
        g_autoptr(GBytes) bytes = iana_sample(PAIRS[i].whois);
        read_sample(PAIRS[i].rdap, &rdap);
        g_assert_true(
            whois_read(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &whois, NULL));
        g_assert_cmpstr(rdap.domain, ==, whois.domain);
        g_assert_cmpint(rdap.ds_count, ==, whois.ds_count);
        g_assert_cmpint(rdap.created_at, ==, whois.created_at);
        g_assert_cmpint(rdap.changed_at, ==, whois.changed_at);
        for (size_t f = 0; f < IANA_FIELDS; f++) {
            const IanaField *field = &IANA_FIELD_TABLE[f];
            g_test_message("%s %s", PAIRS[i].rdap, field->key);
            g_assert_true(iana_value_is_same(field, iana_record_get(&rdap, field),
                                             iana_record_get(&whois, field)));
        }
    }
}

static void test_genuine_answer_is_read(void)
{
    g_auto(IanaRecord) record = { .domain = NULL };
    read_sample("rdap/example.com.json", &record);
    g_assert_cmpstr(record.domain, ==, "example.com");
    g_assert_cmpstr(record.organisation, ==, "Internet Assigned Numbers Authority");
    g_assert_cmpstr(record.dnssec, ==, "unsigned");
    g_assert_cmpint(record.created_at, ==, 694224000); /* 1992-01-01 */
    g_assert_null(record.administrative.name);
}

#define DOMAIN "{\"objectClassName\":\"domain\",\"ldhName\":\"XX\""
#define CARD(properties)                                                                       \
    DOMAIN ",\"entities\":[{\"roles\":[\"administrative\",\"technical\"],"                     \
           "\"vcardArray\":[\"vcard\",[" properties "]]}]}"

/* Forms that a property may have, and what is read of it. */
static const struct {
    const char *answer;
    const char *key;
    const char *want;
} FORMS[] = {
    { CARD("[\"org\",{},\"text\",\"A\"]"), "administrative_organisation", "A" },
    { CARD("[\"org\",{},\"text\",[\"A\",\"B\"]]"), "technical_organisation", "A\nB" },
    { CARD("[\"tel\",{},\"text\",\"+1 613 555 0100\"]"), "technical_phone", "+1 613 555 0100" },
    { CARD("[\"tel\",{\"type\":\"voice\"},\"uri\",\"tel:+16135550100\"]"), "technical_phone",
      "+16135550100" },
    { CARD("[\"tel\",{\"type\":[\"work\",\"FAX\"]},\"uri\",\"TEL:+16135550101\"]"),
      "administrative_fax", "+16135550101" },
    { CARD("[\"adr\",{\"label\":\"1 "
           "St\\nTown\"},\"text\",[\"\",\"\",\"\",\"\",\"\",\"\",\"\"]]"),
      "administrative_address", "1 St\nTown" },
    { CARD("[\"adr\",{},\"text\",[\"\",\"\",\"1 "
           "St\",[\"Town\",\"East\"],\"\",\"X1\",\"Land\"]]"),
      "administrative_address", "1 St\nTown\nEast\nX1\nLand" },
    { CARD("[\"email\",{},\"text\",\"a@nic.example\"],[\"email\",{},\"text\",\"b@nic."
           "example\"]"),
      "administrative_email", "a@nic.example\nb@nic.example" },
    { CARD("[\"email\",{},\"text\",7],[\"tel\"],[],{},null"), "administrative_email", NULL },
    { CARD("[\"email\",{},\"text\",\"a@nic.example\"]"), "administrative_name", NULL },
    { DOMAIN ",\"status\":[\"Active\",\"server hold\"]}", "status", "active\nserver hold" },
    { DOMAIN ",\"secureDNS\":{\"delegationSigned\":true}}", "dnssec", "signed" },
    { DOMAIN ",\"secureDNS\":{\"delegationSigned\":false}}", "dnssec", "unsigned" },
    { DOMAIN "}", "dnssec", NULL },
};

static void test_forms_of_a_property(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FORMS); i++) {
        g_auto(IanaRecord) record = { .domain = NULL };
        g_autoptr(GError) err = NULL;
        g_test_message("%s", FORMS[i].answer);
        read_text(FORMS[i].answer, &record, &err);
        g_assert_no_error(err);
        g_assert_cmpstr(iana_value(&record, FORMS[i].key), ==, FORMS[i].want);
    }
}

/* What is no answer about a domain, the kind of error and a part of its text. */
static const struct {
    const char *answer;
    ErrKind kind;
    const char *reason;
} REFUSED[] = {
    { "", ERR_TEMPORARY, "cut off" },
    { DOMAIN, ERR_TEMPORARY, "cut off" },
    { DOMAIN ",\"status\":[\"act", ERR_TEMPORARY, "cut off" },
    { "{\"errorCode\":404,\"title\":\"Not Found\"}", ERR_NOT_FOUND, "no such name" },
    { "{\"errorCode\":429,\"title\":\"Slow\\u001b[1m\"}", ERR_TEMPORARY,
      "429 \"Slow\\x1b[1m\"" },
    { "{\"errorCode\":503}", ERR_TEMPORARY, "503" },
    { "{\"errorCode\":400,\"title\":\"Bad\"}", ERR_INVALID, "400 \"Bad\"" },
    { "<html></html>", ERR_INVALID, "no JSON" },
    { DOMAIN ",\"ldhName\":\"YY\"}", ERR_INVALID, "no JSON" },
    { DOMAIN "} {}", ERR_INVALID, "no JSON" },
    { "[]", ERR_INVALID, "not about a domain" },
    { "{\"objectClassName\":\"entity\",\"ldhName\":\"xx\"}", ERR_INVALID,
      "not about a domain" },
    { "{\"objectClassName\":\"domain\"}", ERR_INVALID, "not about a domain" },
    { "{\"objectClassName\":\"domain\",\"ldhName\":\"a b\"}", ERR_INVALID, "not about a" },
};

static void test_what_is_no_answer_is_refused_by_its_kind(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
        g_autoptr(GError) err = NULL;
        IanaRecord record = { .domain = NULL };
        g_test_message("%s", REFUSED[i].answer);
        g_assert_false(read_text(REFUSED[i].answer, &record, &err));
        g_assert_error(err, ERR_DOMAIN, (int) REFUSED[i].kind);
        g_assert_nonnull(strstr(err->message, REFUSED[i].reason));
        g_assert_null(record.domain);
    }
}

static void test_no_part_of_an_answer_reads(void)
{
    g_autoptr(GBytes) bytes = iana_sample("rdap/be.json");
    size_t size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    for (size_t cut = 0; cut + 1 < size; cut += 7) {
        IanaRecord record = { .domain = NULL };
        g_autoptr(GError) err = NULL;
        g_assert_false(rdap_read(text, cut, &record, &err));
        g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    }
}

static void test_answer_has_bounds(void)
{
    g_autofree char *deep = g_strnfill(100000, '[');
    g_autofree char *large = g_strnfill(RDAP_SIZE_MAX + 1, ' ');
    IanaRecord record = { .domain = NULL };
    g_autoptr(GError) err = NULL;
    g_assert_false(read_text(deep, &record, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_clear_error(&err);
    g_assert_false(read_text(large, &record, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_LIMIT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rdap/samples-say-what-whois-says", test_samples_say_what_whois_says);
    g_test_add_func("/rdap/genuine-answer-is-read", test_genuine_answer_is_read);
    g_test_add_func("/rdap/forms-of-a-property", test_forms_of_a_property);
    g_test_add_func("/rdap/what-is-no-answer-is-refused-by-its-kind",
                    test_what_is_no_answer_is_refused_by_its_kind);
    g_test_add_func("/rdap/no-part-of-an-answer-reads", test_no_part_of_an_answer_reads);
    g_test_add_func("/rdap/answer-has-bounds", test_answer_has_bounds);
    return g_test_run();
}
