#include "base/address.h"

#include <string.h>

#include "base/err.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define L63 A60 "aaa"

static const struct {
    const char *text;
    const char *want; /* NULL: refused */
} PARSE[] = {
    /* clang-format off */
    { "Ann@EXAMPLE.org", "Ann@example.org" },
    { "ann.lee+tag@example.org", "ann.lee+tag@example.org" },
    { "n@ai", "n@ai" },
    { "o'brien@example.org", "o'brien@example.org" },
    { "a!#$%&'*+-/=?^_`{|}~z@example.org", "a!#$%&'*+-/=?^_`{|}~z@example.org" },
    { "\"ann\"@example.org", "ann@example.org" },
    { "\"a\\nn\"@example.org", "ann@example.org" },
    { "\"a..b\"@example.org", "\"a..b\"@example.org" },
    { "\"a@b\"@example.org", "\"a@b\"@example.org" },
    { "\"a\\\"\\\\b\"@example.org", "\"a\\\"\\\\b\"@example.org" },
    { "jürgen@example.org", "jürgen@example.org" },
    { "ju\xcc\x88rgen@example.org", "jürgen@example.org" },
    { "ann@BÜCHER.example", "ann@xn--bcher-kva.example" },
    { "ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example" },
    { "用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah" },
    { "ann@пример.рф", "ann@xn--e1afmkfd.xn--p1ai" },
    { "ann@straße.example", "ann@xn--strae-oqa.example" },
    { "ann@ｅｘａｍｐｌｅ。org", "ann@example.org" },
    { "ann@3com.example", "ann@3com.example" },
    { A60 "aaaa@example.org", A60 "aaaa@example.org" },
    { "SRS0=x=y=example.com=" A60 "@example.org", "SRS0=x=y=example.com=" A60 "@example.org" },
    { A60 A60 A60 A60 "aa@example.org", A60 A60 A60 A60 "aa@example.org" }, /* 254 in all */
    { A60 A60 A60 A60 "aaa@example.org", NULL },
    { "a@" L63 "." L63 "." L63 ".aaaaaaaaaa" A10 A10 A10 A10 A10, "a@" L63 "." L63 "." L63 "." A60 },
    { "", NULL },
    { "@", NULL },
    { "ann", NULL },
    { "ann@", NULL },
    { "@example.org", NULL },
    { "\"\"@example.org", NULL },
    { "ann@@example.org", NULL },
    { "ann@b@example.org", NULL },
    { ".ann@example.org", NULL },
    { "ann.@example.org", NULL },
    { "an..n@example.org", NULL },
    { "an n@example.org", NULL },
    { "\"an n\"@example.org", NULL },
    { "an\tn@example.org", NULL },
    { " ann@example.org", NULL },
    { "ann@example.org ", NULL },
    { "<ann@example.org>", NULL },
    { "Ann <ann@example.org>", NULL },
    { "ann(comment)@example.org", NULL },
    { "a,b@example.org", NULL },
    { "a;b@example.org", NULL },
    { "a:b@example.org", NULL },
    { "\"ann@example.org", NULL },
    { "\"ann\"x@example.org", NULL },
    { "\"ann\\", NULL },
    { "\"ann\\ü\"@example.org", NULL },
    { "ann@example.org\r\nRCPT TO:<eve@example.org>", NULL },
    { "ann\n@example.org", NULL },
    { "ann\x7f@example.org", NULL },
    { "ann\xc2\x85@example.org", NULL },
    { "ann\xc2\xa0@example.org", NULL },
    { "ann\u202e@example.org", NULL },
    { "ann\u200b@example.org", NULL },
    { "ann\u3164@example.org", NULL },
    { "ann\u2028@example.org", NULL },
    { "\u0301ann@example.org", NULL },
    { "ann\xff@example.org", NULL },
    { "ann@ex\xffmple.org", NULL },
    { "ann@example..org", NULL },
    { "ann@.example.org", NULL },
    { "ann@example.org.", NULL },
    { "ann@-example.org", NULL },
    { "ann@example-.org", NULL },
    { "ann@ex_ample.org", NULL },
    { "ann@exa/mple.org", NULL },
    { "ann@192.0.2.1", NULL },
    { "ann@[192.0.2.1]", NULL },
    { "ann@[IPv6:2001:db8::1]", NULL },
    { "ann@xn--\xc3\xbc.example", NULL },
    { "ann@xn--a.example", NULL },
    { "ann@\u0301a.example", NULL },
    { "ann@" L63 "a.example", NULL },
    { "aa@" L63 "." L63 "." L63 ".aaaaaaaaaa" A10 A10 A10 A10 A10, NULL },
    /* clang-format on */
};

static void test_parse_gives_the_canonical_form_or_refuses(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PARSE); i++) {
        g_autoptr(GError) err = NULL;
        g_autofree char *got = NULL;

        g_autofree char *shown = g_strescape(PARSE[i].text, NULL);
        g_test_message("%s", shown);
        g_assert_cmpint(address_parse(PARSE[i].text, &got, &err), ==, PARSE[i].want != NULL);
        g_assert_cmpstr(got, ==, PARSE[i].want);
        if (PARSE[i].want == NULL)
            g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

static void test_canonical_form_is_a_fixed_point(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PARSE); i++) {
        g_autofree char *again = NULL;
        if (PARSE[i].want == NULL)
            continue;
        g_assert_true(address_parse(PARSE[i].want, &again, NULL));
        g_assert_cmpstr(again, ==, PARSE[i].want);
    }
}

static void test_display_is_read_back(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PARSE); i++) {
        g_autofree char *again = NULL;
        if (PARSE[i].want == NULL)
            continue;
        g_autofree char *shown = address_display(PARSE[i].want);
        g_assert_true(address_parse(shown, &again, NULL));
        g_assert_cmpstr(again, ==, PARSE[i].want);
    }
}

static void test_display_shows_the_domain_in_its_script(void)
{
    g_autofree char *shown = address_display("ann@xn--e1afmkfd.xn--p1ai");
    g_assert_cmpstr(shown, ==, "ann@пример.рф");
}

static void test_huge_text_is_refused(void)
{
    g_autofree char *local = g_strnfill(1000000, 'a');
    g_autofree char *text = g_strconcat(local, "@example.org", NULL);
    g_autoptr(GError) err = NULL;
    char *got = NULL;

    g_assert_false(address_parse(text, &got, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_assert_null(got);
}

static void test_key_ignores_case(void)
{
    static const char *const PAIRS[][2] = {
        { "Ann.Lee@example.org", "ann.lee@example.org" },
        { "JÜRGEN@example.org", "jürgen@example.org" },
        { "\"A..B\"@example.org", "\"a..b\"@example.org" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(PAIRS); i++) {
        g_autofree char *key = address_key(PAIRS[i][0]);
        g_assert_cmpstr(key, ==, PAIRS[i][1]);
    }
}

static void test_domain_follows_the_last_at(void)
{
    g_assert_cmpstr(address_domain("\"a@b\"@example.org"), ==, "example.org");
}

static void test_ascii_is_told_from_the_local_part(void)
{
    g_assert_true(address_is_ascii("ann@xn--bcher-kva.example"));
    g_assert_false(address_is_ascii("jürgen@example.org"));
}

static void test_within_compares_the_last_label(void)
{
    g_assert_true(address_is_within("ann@registry.example.ca", "ca"));
    g_assert_true(address_is_within("n@ai", "ai"));
    g_assert_true(address_is_within("ann@xn--e1afmkfd.xn--p1ai", "xn--p1ai"));
    g_assert_false(address_is_within("ann@example.ca", "a"));
    g_assert_false(address_is_within("ann@ca.example", "ca"));
    g_assert_false(address_is_within("ca@example.org", "ca"));
}

static void test_detail_goes_before_the_at(void)
{
    g_autofree char *plain = address_with_detail("tld-ops@example.org", "-bounces+TAG");
    g_autofree char *quoted = address_with_detail("\"a..b\"@example.org", "+x");
    g_assert_cmpstr(plain, ==, "tld-ops-bounces+TAG@example.org");
    g_assert_cmpstr(quoted, ==, "\"a..b+x\"@example.org");
}

static void test_domain_has_253_bytes_at_most(void)
{
    g_autofree char *longest = g_strconcat(L63 "." L63 "." L63 ".", A60, "a", NULL);
    g_autofree char *too_long = g_strconcat(longest, "a", NULL);
    g_autofree char *got = NULL;

    g_assert_true(domain_parse(longest, &got, NULL));
    g_assert_cmpstr(got, ==, longest);
    g_assert_false(domain_parse(too_long, &got, NULL));
}

static void test_domain_errors_show_no_raw_bytes(void)
{
    g_autoptr(GError) err = NULL;
    char *got = NULL;

    g_assert_false(domain_parse("exa\r\nmple.org", &got, &err));
    g_assert_cmpstr(err->message, ==, "\"exa\\x0d\\x0ample.org\" is not a domain name");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/address/parse", test_parse_gives_the_canonical_form_or_refuses);
    g_test_add_func("/address/fixed-point", test_canonical_form_is_a_fixed_point);
    g_test_add_func("/address/display-read-back", test_display_is_read_back);
    g_test_add_func("/address/display", test_display_shows_the_domain_in_its_script);
    g_test_add_func("/address/huge", test_huge_text_is_refused);
    g_test_add_func("/address/key", test_key_ignores_case);
    g_test_add_func("/address/domain", test_domain_follows_the_last_at);
    g_test_add_func("/address/ascii", test_ascii_is_told_from_the_local_part);
    g_test_add_func("/address/within", test_within_compares_the_last_label);
    g_test_add_func("/address/detail", test_detail_goes_before_the_at);
    g_test_add_func("/address/domain-longest", test_domain_has_253_bytes_at_most);
    g_test_add_func("/address/domain-error", test_domain_errors_show_no_raw_bytes);
    return g_test_run();
}
