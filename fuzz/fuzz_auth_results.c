/* Law: a field that can be read, written anew with everything in quotes, reads the same; and
 * whatever a field says, it is no evidence where its place or its writer is not trusted. */
#include "fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "mail/auth_results.h"
#include "mail/evidence.h"

static void append_escaped(GString *out, char open, const char *text, char close)
{
    g_string_append_c(out, open);
    for (; *text != '\0'; text++) {
        if (strchr("\\\"()", *text) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, close);
}

static void append_pair(GString *out, const char *key, const char *value)
{
    g_string_append_c(out, ' ');
    append_escaped(out, '"', key, '"');
    g_string_append_c(out, '=');
    append_escaped(out, '"', value, '"');
}

static char *format(const AuthResults *results)
{
    GString *out = g_string_new(NULL);

    append_escaped(out, '"', results->authserv_id, '"');
    g_string_append_printf(out, " %" G_GINT64_FORMAT ";", results->version);
    for (unsigned i = 0; i < results->results->len; i++) {
        const AuthResult *result = g_ptr_array_index(results->results, i);
        append_pair(out, result->method, result->result);
        if (result->reason != NULL)
            append_pair(out, "reason", result->reason);
        for (unsigned n = 0; n < result->properties->len; n++) {
            const AuthProperty *property = g_ptr_array_index(result->properties, n);
            const char *dot = *property->type != '\0' ? "." : "";
            g_autofree char *key = g_strconcat(property->type, dot, property->name, NULL);
            append_pair(out, key, property->value);
        }
        for (unsigned n = 0; n < result->comments->len; n++)
            append_escaped(out, '(', g_ptr_array_index(result->comments, n), ')');
        g_string_append_c(out, ';');
    }
    return g_string_free(out, FALSE);
}

static void check_reads_the_same(const char *value)
{
    g_autoptr(AuthResults) results = auth_results_parse(value, NULL);
    if (results == NULL)
        return;
    g_autofree char *once = format(results);
    if (strlen(once) > AUTH_RESULTS_MAX)
        return;

    g_autoptr(GError) err = NULL;
    g_autoptr(AuthResults) again = auth_results_parse(once, &err);
    g_assert_no_error(err);
    g_autofree char *twice = format(again);
    g_assert_cmpstr(once, ==, twice);
}

static void check_is_no_evidence(char *value, int64_t received_above, const char *authserv_id)
{
    EvidenceField field = { .value = value, .received_above = received_above };
    EvidenceTrust trust = { .authserv_id = authserv_id, .hops = 1 };
    g_autoptr(GPtrArray) fields = g_ptr_array_new();
    g_auto(Evidence) evidence = { 0 };

    g_ptr_array_add(fields, &field);
    evidence_find(fields, &trust, "nic.example", &evidence);
    g_assert_cmpint(evidence.kind, ==, EVIDENCE_NONE);
    g_assert_cmpint(evidence.dmarc_policy, ==, DMARC_POLICY_UNKNOWN);
    g_assert_true(g_str_is_ascii(evidence.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *value = g_strndup((const char *) data, size);

    check_reads_the_same(value);
    check_is_no_evidence(value, 2, "mx.example.org");
    check_is_no_evidence(value, 0, "");
    return 0;
}
