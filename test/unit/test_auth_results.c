#include "mail/auth_results.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

/* One line for all that was read: id|version|method=result!reason{type.name=value}(comment). */
static char *summary(const AuthResults *results)
{
    GString *out = g_string_new(NULL);

    g_string_printf(out, "%s|%" G_GINT64_FORMAT, results->authserv_id, results->version);
    for (unsigned i = 0; i < results->results->len; i++) {
        const AuthResult *result = g_ptr_array_index(results->results, i);
        g_string_append_printf(out, "|%s=%s", result->method, result->result);
        if (result->reason != NULL)
            g_string_append_printf(out, "!%s", result->reason);
        for (unsigned n = 0; n < result->properties->len; n++) {
            const AuthProperty *property = g_ptr_array_index(result->properties, n);
            g_string_append_printf(out, "{%s.%s=%s}", property->type, property->name,
                                   property->value);
        }
        for (unsigned n = 0; n < result->comments->len; n++)
            g_string_append_printf(out, "(%s)", (char *) result->comments->pdata[n]);
    }
    return g_string_free(out, FALSE);
}

static const struct {
    const char *value;
    const char *want; /* NULL: refused */
} CASES[] = {
    /* clang-format off */
    /* the grammar of RFC 8601 */
    { "mx.example.org 1; none", "mx.example.org|1" },
    { "mx.example.org; none", "mx.example.org|1" },
    { "mx.example.org", "mx.example.org|1" },
    { "mx.example.org 2; spf=pass", "mx.example.org|2|spf=pass" },
    { "\"mx example\"; spf=pass", "mx example|1|spf=pass" },
    { "mx.example.org;spf=pass smtp.mailfrom=nic.example", "mx.example.org|1|spf=pass{smtp.mailfrom=nic.example}" },
    { "mx.example.org; DKIM=PASS Header.D=Nic.Example", "mx.example.org|1|dkim=pass{header.d=Nic.Example}" },
    { "mx; dkim=fail reason=\"bad; signature (x)\" header.d=a.example", "mx|1|dkim=fail!bad; signature (x){header.d=a.example}" },
    { "mx; dkim/1=pass header.d=a.example", "mx|1|dkim=pass{header.d=a.example}" },
    { "(a) mx (b) 1 (c) ; (d) dkim (e) / (f) 1 (g) = (h) pass (i) header (j) . (k) d (l) = (m) a.example (n)",
      "mx|1|dkim=pass{header.d=a.example}(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)(n)" },
    { "mx; dkim=pass (a (nested; (deep)) \\) b) header.d=x.example", "mx|1|dkim=pass{header.d=x.example}(a (nested; (deep)) ) b)" },
    { "mx; spf=pass smtp.mailfrom=\"a b; dmarc=pass\"@nic.example", "mx|1|spf=pass{smtp.mailfrom=a b; dmarc=pass@nic.example}" },
    { "mx; spf=pass smtp.mailfrom=\"a\\\"; b\"@nic.example", "mx|1|spf=pass{smtp.mailfrom=a\"; b@nic.example}" },
    { "\"a=b\" 1; c=d", "a=b|1|c=d" },
    { "mx x 2; a=b", "mx|1|a=b" },
    { "mx; a=b .c=d", "mx|1|a=b{..c=d}" },
    { "mx; a=b; c=d;", "mx|1|a=b|c=d" },
    { "mx;\r\n\tspf=pass\r\n\t smtp.helo=a.example", "mx|1|spf=pass{smtp.helo=a.example}" },

    /* OpenDMARC and OpenDKIM */
    { "mx.example.org; dmarc=pass (p=reject dis=none) header.from=nic.example",
      "mx.example.org|1|dmarc=pass{header.from=nic.example}(p=reject dis=none)" },
    { "mx.example.org; dkim=pass (2048-bit key; unprotected) header.d=nic.example header.i=@nic.example"
      " header.a=rsa-sha256 header.s=s1 header.b=Ab/c+d==; dkim-atps=neutral",
      "mx.example.org|1|dkim=pass{header.d=nic.example}{header.i=@nic.example}{header.a=rsa-sha256}"
      "{header.s=s1}{header.b=Ab/c+d==}(2048-bit key; unprotected)|dkim-atps=neutral" },
    /* rspamd */
    { "mx.example.org; dkim=pass header.d=nic.example header.s=s header.b=\"x=\"; spf=pass (mx.example.org: domain of"
      " jane@nic.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=jane@nic.example;"
      " dmarc=pass (policy=reject) header.from=nic.example",
      "mx.example.org|1|dkim=pass{header.d=nic.example}{header.s=s}{header.b=x=}|spf=pass{smtp.mailfrom=jane@nic.example}"
      "(mx.example.org: domain of jane@nic.example designates 192.0.2.1 as permitted sender)"
      "|dmarc=pass{header.from=nic.example}(policy=reject)" },
    /* Exchange Online: no authserv-id, properties without a type */
    { "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=nic.example; dkim=pass (signature was verified)"
      " header.d=nic.example;dmarc=pass action=none header.from=nic.example;compauth=pass reason=100",
      "|1|spf=pass{smtp.mailfrom=nic.example}(sender IP is 192.0.2.1)|dkim=pass{header.d=nic.example}"
      "(signature was verified)|dmarc=pass{.action=none}{header.from=nic.example}|compauth=pass!100" },
    /* Google, Zoho, Yahoo */
    { "mx.google.example; dkim=pass header.i=@nic.example header.s=s header.b=\"AbC/1\"; dmarc=pass (p=REJECT"
      " sp=REJECT dis=NONE) header.from=nic.example",
      "mx.google.example|1|dkim=pass{header.i=@nic.example}{header.s=s}{header.b=AbC/1}"
      "|dmarc=pass{header.from=nic.example}(p=REJECT sp=REJECT dis=NONE)" },
    { "mx.zoho.example;\tdkim=pass;\tdmarc=pass(p=none dis=none)  header.from=<jane@nic.example>",
      "mx.zoho.example|1|dkim=pass|dmarc=pass{header.from=<jane@nic.example>}(p=none dis=none)" },
    { "mta.yahoo.example from=nic.example; domainkeys=neutral (no sig); from=nic.example; dkim=pass (ok)",
      "mta.yahoo.example|1|domainkeys=neutral(no sig)|from=nic.example|dkim=pass(ok)" },
    /* a null sender, with and without its brackets */
    { "mx; spf=pass smtp.mailfrom= smtp.helo=a.example", "mx|1|spf=pass{smtp.mailfrom=}{smtp.helo=a.example}" },
    { "mx; spf=pass smtp.mailfrom=<> smtp.helo=a.example", "mx|1|spf=pass{smtp.mailfrom=<>}{smtp.helo=a.example}" },
    { "mx; spf=pass smtp.mailfrom=", "mx|1|spf=pass{smtp.mailfrom=}" },
    { "mx; spf=pass smtp.mailfrom= \"a=b\"@c.example", "mx|1|spf=pass{smtp.mailfrom=a=b@c.example}" },
    { "mx; spf=pass smtp.mailfrom=\"\"", "mx|1|spf=pass{smtp.mailfrom=}" },

    /* words that belong to nothing */
    { "mx; junk dkim=pass more junk header.d=a.example", "mx|1|dkim=pass{header.d=a.example}" },
    { "mx; spf=pass) x smtp.mailfrom=a.example", "mx|1|spf=pass){smtp.mailfrom=a.example}" },
    { "mx; \"dmarc=pass\"", "mx|1" },
    { "mx; ; ;;", "mx|1" },
    { "mx; =pass", "mx|1|=pass" },
    { "mx; dkim=", "mx|1|dkim=" },
    { "; dkim=pass", "|1|dkim=pass" },
    { "mx 1x; dkim=pass", "mx|1|dkim=pass" },
    { "mx 12345678901234567890; dkim=pass", "mx|1|dkim=pass" },

    /* what cannot be read */
    { "", NULL },
    { "  (only a comment) ", NULL },
    { "mx; spf=pass (no end", NULL },
    { "mx; spf=pass (a (b) no end \\)", NULL },
    { "mx; spf=pass smtp.mailfrom=\"no end", NULL },
    { "mx; spf=pass smtp.mailfrom=\"no end\\\"", NULL },
    { "\"mx; spf=pass", NULL },
    { "mx; \"junk", NULL },
    { "mx (", NULL },
    { "mx; spf=pass (\\", NULL },
    /* clang-format on */
};

static void test_fields_are_read_as_servers_write_them(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("case %zu: %s", i, CASES[i].value);
        g_autoptr(GError) err = NULL;
        g_autoptr(AuthResults) results = auth_results_parse(CASES[i].value, &err);

        if (CASES[i].want == NULL) {
            g_assert_null(results);
            g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
            continue;
        }
        g_assert_no_error(err);
        g_autofree char *got = summary(results);
        g_assert_cmpstr(got, ==, CASES[i].want);
    }
}

static void test_property_is_found_by_type_and_name(void)
{
    g_autoptr(AuthResults) results = auth_results_parse(
        "mx; dkim=pass header.d=a.example policy.d=b.example header.d=c.example", NULL);
    const AuthResult *result = g_ptr_array_index(results->results, 0);

    g_assert_cmpstr(auth_result_property(result, "header", "d"), ==, "a.example");
    g_assert_cmpstr(auth_result_property(result, "policy", "d"), ==, "b.example");
    g_assert_null(auth_result_property(result, "header", "i"));
    g_assert_null(auth_result_property(result, "smtp", "d"));
}

static void test_value_that_may_have_been_cut_is_refused(void)
{
    g_autofree char *fits = g_strnfill(AUTH_RESULTS_MAX, 'x');
    g_autofree char *exceeds = g_strnfill(AUTH_RESULTS_MAX + 1, 'x');
    g_autoptr(GError) err = NULL;

    g_autoptr(AuthResults) results = auth_results_parse(fits, &err);
    g_assert_no_error(err);
    g_assert_nonnull(results);
    g_autoptr(AuthResults) none = auth_results_parse(exceeds, &err);
    g_assert_null(none);
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    /* A character of UTF-8 that did not fit is left out as a whole. */
    g_assert_cmpint(AUTH_RESULTS_MAX, <, MESSAGE_VALUE_MAX - 3);
}

static void test_nesting_costs_nothing(void)
{
    g_autofree char *open = g_strnfill(AUTH_RESULTS_MAX / 2 - 2, '(');
    g_autofree char *close = g_strnfill(AUTH_RESULTS_MAX / 2 - 2, ')');
    g_autofree char *value = g_strconcat("mx;", open, close, NULL);
    g_autoptr(GError) err = NULL;

    g_autoptr(AuthResults) results = auth_results_parse(value, &err);
    g_assert_no_error(err);
    g_assert_cmpuint(results->results->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/auth-results/fields", test_fields_are_read_as_servers_write_them);
    g_test_add_func("/auth-results/property", test_property_is_found_by_type_and_name);
    g_test_add_func("/auth-results/cut", test_value_that_may_have_been_cut_is_refused);
    g_test_add_func("/auth-results/nesting", test_nesting_costs_nothing);
    return g_test_run();
}
