#include "mail/evidence.h"

#include <string.h>

static const EvidenceTrust TRUST = { .authserv_id = "mx.example.org", .hops = 1 };

static void add_field(GPtrArray *fields, const char *value, int64_t received_above)
{
    EvidenceField *field = g_new0(EvidenceField, 1);
    field->value = g_strdup(value);
    field->received_above = received_above;
    g_ptr_array_add(fields, field);
}

static void field_free(gpointer data)
{
    EvidenceField *field = data;
    g_free(field->value);
    g_free(field);
}

static GPtrArray *fields_of(const char *const *values, size_t n_values)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(field_free);
    for (size_t i = 0; i < n_values && values[i] != NULL; i++)
        add_field(fields, values[i], 1);
    return fields;
}

/* Every "mx;" stands for "mx.example.org;", the server that is trusted. */
static char *expand(const char *value)
{
    return g_str_has_prefix(value, "mx;") ? g_strconcat("mx.example.org", value + 2, NULL)
                                          : g_strdup(value);
}

static const struct {
    const char *from_domain;
    const char *values[3];
    EvidenceKind kind;
    const char *text; /* NULL: whatever it says */
} CASES[] = {
    /* clang-format off */
    /* DMARC: for exactly the domain in From */
    { "nic.example", { "mx; dmarc=pass (p=reject) header.from=nic.example" }, EVIDENCE_DMARC,
      "dmarc=pass header.from=nic.example (mx.example.org)" },
    { "nic.example", { "mx; dmarc=pass header.from=NIC.Example" }, EVIDENCE_DMARC, NULL },
    { "nic.example", { "mx; dmarc=pass header.from=nic.example." }, EVIDENCE_DMARC, NULL },
    { "nic.example", { "mx; dmarc=pass header.from=<jane@nic.example>" }, EVIDENCE_DMARC, NULL },
    { "ops.nic.example", { "mx; dmarc=pass header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=pass header.from=ops.nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=pass" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=none header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=bestguesspass header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=passed header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; xdmarc=pass header.from=nic.example" }, EVIDENCE_NONE, NULL },

    /* DKIM: that domain or a parent, of two labels at least */
    { "nic.example", { "mx; dkim=pass header.d=nic.example" }, EVIDENCE_DKIM,
      "dkim=pass header.d=nic.example (mx.example.org)" },
    { "ops.nic.example", { "mx; dkim=pass header.d=nic.example" }, EVIDENCE_DKIM, NULL },
    { "a.b.nic.example", { "mx; dkim=pass header.d=nic.example" }, EVIDENCE_DKIM, NULL },
    { "nic.example", { "mx; dkim=pass header.d=ops.nic.example" }, EVIDENCE_NONE,
      "no dmarc, dkim or spf result passed for nic.example (mx.example.org)" },
    { "nic.example", { "mx; dkim=pass header.d=example" }, EVIDENCE_NONE, NULL },
    { "example", { "mx; dkim=pass header.d=example" }, EVIDENCE_DKIM, NULL },
    { "evilnic.example", { "mx; dkim=pass header.d=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dkim=pass header.d=c.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dkim=fail header.d=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dkim=pass header.i=@nic.example" }, EVIDENCE_DKIM,
      "dkim=pass header.i=nic.example (mx.example.org)" },
    { "nic.example", { "mx; dkim=pass header.i=jane@nic.example" }, EVIDENCE_DKIM, NULL },
    { "nic.example", { "mx; dkim=pass header.d=evil.example header.i=@nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dkim=pass header.d= header.i=@nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dkim=pass header.s=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dkim=fail header.d=nic.example; dkim=pass header.d=nic.example" }, EVIDENCE_DKIM, NULL },

    /* SPF: the same for the envelope's domain, HELO only without one */
    { "nic.example", { "mx; spf=pass smtp.mailfrom=jane@nic.example" }, EVIDENCE_SPF,
      "spf=pass smtp.mailfrom=nic.example (mx.example.org)" },
    { "nic.example", { "mx; spf=pass smtp.mailfrom=nic.example" }, EVIDENCE_SPF, NULL },
    { "ops.nic.example", { "mx; spf=pass smtp.mailfrom=jane@nic.example" }, EVIDENCE_SPF, NULL },
    { "nic.example", { "mx; spf=pass smtp.mailfrom=\"a@b\"@nic.example" }, EVIDENCE_SPF, NULL },
    { "nic.example", { "mx; spf=softfail smtp.mailfrom=jane@nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; spf=pass smtp.mailfrom=jane@evil.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; spf=pass smtp.mailfrom=\"a@nic.example\"@evil.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=nic.example\"@evil.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; spf=pass smtp.mailfrom=evil.example smtp.helo=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; spf=pass smtp.mailfrom=<> smtp.helo=nic.example" }, EVIDENCE_SPF,
      "spf=pass smtp.helo=nic.example (mx.example.org)" },
    { "nic.example", { "mx; spf=pass smtp.mailfrom= smtp.helo=nic.example" }, EVIDENCE_SPF, NULL },
    { "nic.example", { "mx; spf=pass smtp.helo=nic.example" }, EVIDENCE_SPF, NULL },
    { "nic.example", { "mx; spf=pass (nic.example) smtp.client-ip=192.0.2.1" }, EVIDENCE_NONE, NULL },

    /* the strongest counts, wherever it stands */
    { "nic.example", { "mx; spf=pass smtp.mailfrom=nic.example; dkim=pass header.d=nic.example",
                       "mx; dmarc=pass header.from=nic.example" }, EVIDENCE_DMARC, NULL },
    { "nic.example", { "mx; dkim=pass header.d=nic.example", "mx; spf=pass smtp.mailfrom=nic.example" },
      EVIDENCE_DKIM, "dkim=pass header.d=nic.example (mx.example.org)" },

    { "ops.nic.example", { "mx; dkim=pass header.d=nic.example", "mx; dkim=pass header.d=ops.nic.example" },
      EVIDENCE_DKIM, "dkim=pass header.d=nic.example (mx.example.org)" },

    /* where DMARC failed nothing counts, in whichever order */
    { "nic.example", { "mx; dkim=pass header.d=nic.example; dmarc=fail header.from=nic.example" }, EVIDENCE_NONE,
      "dmarc=fail header.from=nic.example (mx.example.org)" },
    { "nic.example", { "mx; dmarc=fail header.from=nic.example", "mx; dmarc=pass header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=fail; spf=pass smtp.mailfrom=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=fail header.from=other.example; spf=pass smtp.mailfrom=nic.example" }, EVIDENCE_SPF, NULL },
    { "nic.example", { "mx; dmarc=temperror header.from=nic.example; dkim=pass header.d=nic.example" }, EVIDENCE_DKIM, NULL },

    { "nic.example", { "mx; dmarc=none header.from=nic.example", "mx; dmarc=pass header.from=nic.example" }, EVIDENCE_NONE,
      "the dmarc results for nic.example contradict each other (mx.example.org)" },
    { "nic.example", { "mx; dmarc=pass header.from=nic.example; dkim=pass header.d=nic.example", "mx; dmarc=none" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx; dmarc=none header.from=nic.example; dkim=pass header.d=nic.example" }, EVIDENCE_DKIM, NULL },
    { "nic.example", { "mx; dmarc=pass header.from=nic.example", "mx; dmarc=pass header.from=nic.example" }, EVIDENCE_DMARC, NULL },
    { "nic.example", { "mx; dmarc=pass header.from=nic.example", "mx; dmarc=none header.from=other.example" }, EVIDENCE_DMARC, NULL },
    { "nic.example", { "mx; dmarc=pass header.from=nic.example", "evil.example; dmarc=none header.from=nic.example" }, EVIDENCE_DMARC, NULL },

    /* IDN: A-labels and U-labels are the same */
    { "b\xc3\xbc" "cher.example", { "mx; dkim=pass header.d=xn--bcher-kva.example" }, EVIDENCE_DKIM,
      "dkim=pass header.d=xn--bcher-kva.example (mx.example.org)" },
    { "xn--bcher-kva.example", { "mx; dmarc=pass header.from=B\xc3\x9c" "CHER.example" }, EVIDENCE_DMARC,
      "dmarc=pass header.from=xn--bcher-kva.example (mx.example.org)" },

    /* who says so */
    { "nic.example", { "evil.example; dmarc=pass header.from=nic.example" }, EVIDENCE_NONE,
      "no Authentication-Results field of mx.example.org" },
    { "nic.example", { "MX.example.org; dmarc=pass header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx.example.org.; dmarc=pass header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "dmarc=pass header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx.example.org 2; dmarc=pass header.from=nic.example" }, EVIDENCE_NONE, NULL },
    { "nic.example", { "mx.example.org 1; dmarc=pass header.from=nic.example" }, EVIDENCE_DMARC, NULL },
    { "nic.example", { "mx; dmarc=pass header.from=nic.example (" }, EVIDENCE_NONE,
      "no Authentication-Results field of mx.example.org that can be read" },
    { "nic.example", { "mx; none" }, EVIDENCE_NONE, NULL },
    { "nic.example", { NULL }, EVIDENCE_NONE, "no Authentication-Results field of mx.example.org" },

    /* no domain at all */
    { "", { "mx; dmarc=pass header.from=" }, EVIDENCE_NONE, "the sender's domain is no domain name" },
    { "a b", { "mx; dmarc=pass header.from=\"a b\"" }, EVIDENCE_NONE, NULL },
    /* clang-format on */
};

static void test_evidence_is_what_the_trusted_server_found(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("case %zu: %s", i, CASES[i].values[0] ? CASES[i].values[0] : "none");
        g_autofree char *first = CASES[i].values[0] ? expand(CASES[i].values[0]) : NULL;
        g_autofree char *second = CASES[i].values[1] ? expand(CASES[i].values[1]) : NULL;
        g_autoptr(GPtrArray) fields = fields_of((const char *[]){ first, second }, 2);
        g_auto(Evidence) evidence = { 0 };

        evidence_find(fields, &TRUST, CASES[i].from_domain, &evidence);
        g_assert_cmpstr(evidence_kind_name(evidence.kind), ==,
                        evidence_kind_name(CASES[i].kind));
        g_assert_nonnull(evidence.text);
        if (CASES[i].text != NULL)
            g_assert_cmpstr(evidence.text, ==, CASES[i].text);
    }
}

static void test_field_below_the_trusted_hops_is_the_senders_own(void)
{
    static const char PASS[] = "mx.example.org; dmarc=pass header.from=nic.example";

    for (int64_t hops = 0; hops < 4; hops++) {
        for (int64_t above = 0; above < 4; above++) {
            g_autoptr(GPtrArray) fields = fields_of(NULL, 0);
            add_field(fields, PASS, above);
            EvidenceTrust trust = { .authserv_id = "mx.example.org", .hops = hops };
            g_auto(Evidence) evidence = { 0 };

            evidence_find(fields, &trust, "nic.example", &evidence);
            g_assert_cmpint(evidence.kind, ==, above <= hops ? EVIDENCE_DMARC : EVIDENCE_NONE);
            if (above > hops)
                g_assert_nonnull(g_strrstr(evidence.text, "anybody may have written it"));
        }
    }
}

static void test_without_an_authserv_id_nothing_is_trusted(void)
{
    g_autoptr(GPtrArray) fields = fields_of(NULL, 0);
    add_field(fields, "; dmarc=pass header.from=nic.example", 0);
    add_field(fields, "dmarc=pass header.from=nic.example", 0);

    for (int i = 0; i < 2; i++) {
        EvidenceTrust trust = { .authserv_id = i == 0 ? NULL : "", .hops = 9 };
        g_auto(Evidence) evidence = { 0 };
        evidence_find(fields, &trust, "nic.example", &evidence);
        g_assert_cmpint(evidence.kind, ==, EVIDENCE_NONE);
        g_assert_cmpstr(evidence.text, ==, "no authserv-id is configured");
    }
}

static const struct {
    const char *value;
    DmarcPolicy want;
} POLICIES[] = {
    /* clang-format off */
    { "mx; dmarc=pass (p=reject dis=none) header.from=nic.example", DMARC_POLICY_REJECT },
    { "mx; dmarc=pass(p=none dis=none) header.from=nic.example", DMARC_POLICY_NONE },
    { "mx; dmarc=fail (p=QUARANTINE sp=NONE dis=NONE) header.from=nic.example", DMARC_POLICY_QUARANTINE },
    { "mx; dmarc=pass (p=NONE sp=REJECT dis=NONE) header.from=nic.example", DMARC_POLICY_REJECT },
    { "mx; dmarc=pass (policy=none) header.from=nic.example", DMARC_POLICY_NONE },
    { "mx; dmarc=pass (policy=quarantine) header.from=nic.example", DMARC_POLICY_QUARANTINE },
    { "mx; dmarc=pass (p=none,sp=quarantine;x) header.from=nic.example", DMARC_POLICY_QUARANTINE },
    { "mx; dmarc=pass policy.dmarc=reject header.from=nic.example", DMARC_POLICY_REJECT },
    { "mx; dmarc=pass policy.published-domain-policy=none header.from=nic.example", DMARC_POLICY_NONE },
    { "mx; dmarc=none header.from=nic.example", DMARC_POLICY_NONE },
    { "mx; dmarc=bestguesspass action=none header.from=nic.example", DMARC_POLICY_NONE },
    { "mx; dmarc=pass action=none header.from=nic.example", DMARC_POLICY_UNKNOWN },
    { "mx; dmarc=pass (dis=reject) header.from=nic.example", DMARC_POLICY_UNKNOWN },
    { "mx; dmarc=pass (p=whatever) header.from=nic.example", DMARC_POLICY_UNKNOWN },
    { "mx; dmarc=pass (p=reject) header.from=other.example", DMARC_POLICY_UNKNOWN },
    { "mx; dmarc=none (p=reject)", DMARC_POLICY_REJECT },
    { "mx; spf=pass (p=reject) smtp.mailfrom=nic.example", DMARC_POLICY_UNKNOWN },
    { "evil.example; dmarc=pass (p=none) header.from=nic.example", DMARC_POLICY_UNKNOWN },
    /* clang-format on */
};

static void test_policy_is_that_of_the_senders_domain(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(POLICIES); i++) {
        g_test_message("case %zu: %s", i, POLICIES[i].value);
        g_autofree char *value = expand(POLICIES[i].value);
        g_autoptr(GPtrArray) fields = fields_of((const char *[]){ value }, 1);
        g_auto(Evidence) evidence = { 0 };

        evidence_find(fields, &TRUST, "nic.example", &evidence);
        g_assert_cmpint(evidence.dmarc_policy, ==, POLICIES[i].want);
    }
}

static void test_fields_know_their_place(void)
{
    static const char MAIL[] = "Authentication-Results: one.example;\r\n dmarc=pass\r\n"
                               "Received: a\r\nX: b\r\nreceived: c\r\n"
                               "authentication-results: two.example; none\r\n\r\n"
                               "Authentication-Results: body\r\n";
    g_autoptr(GBytes) mail = g_bytes_new_static(MAIL, strlen(MAIL));
    g_autoptr(Head) head = head_parse(mail, NULL);
    g_autoptr(GPtrArray) fields = evidence_fields(head);

    g_assert_cmpint(fields->len, ==, 2);
    const EvidenceField *first = fields->pdata[0];
    const EvidenceField *second = fields->pdata[1];
    g_assert_cmpstr(first->value, ==, "one.example; dmarc=pass");
    g_assert_cmpint(first->received_above, ==, 0);
    g_assert_cmpstr(second->value, ==, "two.example; none");
    g_assert_cmpint(second->received_above, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evidence/fields", test_fields_know_their_place);
    g_test_add_func("/evidence/found", test_evidence_is_what_the_trusted_server_found);
    g_test_add_func("/evidence/hops", test_field_below_the_trusted_hops_is_the_senders_own);
    g_test_add_func("/evidence/no-id", test_without_an_authserv_id_nothing_is_trusted);
    g_test_add_func("/evidence/policy", test_policy_is_that_of_the_senders_domain);
    return g_test_run();
}
