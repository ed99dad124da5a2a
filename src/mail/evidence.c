#include "mail/evidence.h"

#include <stdbool.h>
#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "mail/auth_results.h"

void evidence_clear(Evidence *evidence)
{
    g_clear_pointer(&evidence->text, g_free);
}

const char *evidence_kind_name(EvidenceKind kind)
{
    static const char *const NAMES[] = {
        [EVIDENCE_NONE] = "none",
        [EVIDENCE_SPF] = "spf",
        [EVIDENCE_DKIM] = "dkim",
        [EVIDENCE_DMARC] = "dmarc",
    };

    g_assert(kind < G_N_ELEMENTS(NAMES));
    return NAMES[kind];
}

/* The domain in a property as lower-case A-labels: a domain, an address, or an address in angle
 * brackets, as servers write them. NULL if there is none. */
static char *value_domain(const char *value)
{
    if (value == NULL)
        return NULL;

    const char *at = strrchr(value, '@');
    const char *start = at != NULL ? at + 1 : value;
    size_t size = strlen(start);
    if (at != NULL && value[0] == '<' && size > 0 && start[size - 1] == '>')
        size--;
    if (size > 0 && start[size - 1] == '.')
        size--;

    g_autofree char *text = g_strndup(start, size);
    char *domain = NULL;
    return domain_parse(text, &domain, NULL) ? domain : NULL;
}

static char *property_domain(const AuthResult *result, const char *type, const char *name)
{
    return value_domain(auth_result_property(result, type, name));
}

/* Whether who holds `domain` also decides about the domain in From. */
static bool is_aligned(const char *domain, const char *from_domain)
{
    if (domain == NULL)
        return false;
    if (strcmp(domain, from_domain) == 0)
        return true;

    size_t size = strlen(domain);
    size_t from_size = strlen(from_domain);
    return strchr(domain, '.') != NULL && from_size > size + 1 &&
           from_domain[from_size - size - 1] == '.' &&
           strcmp(from_domain + from_size - size, domain) == 0;
}

typedef struct {
    const EvidenceTrust *trust;
    const char *from_domain; /* lower-case A-labels */
    Evidence *evidence;
    bool dmarc_passed;
    bool dmarc_failed;
    bool dmarc_differed; /* something else than pass, fail among it */
    size_t n_trusted;
    size_t n_too_deep;
    size_t n_unreadable;
} Search;

/* Keeps the strongest evidence, and of equals the one that stands higher. */
static void note(Search *search, EvidenceKind kind, const char *what, const char *domain)
{
    if (kind <= search->evidence->kind)
        return;
    search->evidence->kind = kind;
    g_free(search->evidence->text);
    search->evidence->text = g_strdup_printf("%s=pass %s=%s (%s)", evidence_kind_name(kind),
                                             what, domain, search->trust->authserv_id);
}

static DmarcPolicy policy_named(const char *name)
{
    if (g_ascii_strcasecmp(name, "reject") == 0)
        return DMARC_POLICY_REJECT;
    if (g_ascii_strcasecmp(name, "quarantine") == 0)
        return DMARC_POLICY_QUARANTINE;
    return g_ascii_strcasecmp(name, "none") == 0 ? DMARC_POLICY_NONE : DMARC_POLICY_UNKNOWN;
}

/* Reads "p=REJECT sp=REJECT dis=NONE" (Google, OpenDMARC) and "policy=reject" (rspamd). Whether
 * p or sp is meant for this domain is not said, so the stricter one counts. */
static DmarcPolicy comment_policy(const char *comment)
{
    static const char *const KEYS[] = { "p=", "sp=", "policy=" };
    g_auto(GStrv) words = g_strsplit_set(comment, " \t,;", -1);
    DmarcPolicy policy = DMARC_POLICY_UNKNOWN;

    for (char **word = words; *word != NULL; word++) {
        for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
            size_t size = strlen(KEYS[i]);
            if (g_ascii_strncasecmp(*word, KEYS[i], size) == 0)
                policy = MAX(policy, policy_named(*word + size));
        }
    }
    return policy;
}

static DmarcPolicy result_policy(const AuthResult *result)
{
    static const char *const NAMES[] = { "dmarc", "published-domain-policy" };
    DmarcPolicy policy = DMARC_POLICY_UNKNOWN;

    /* There is no record; Exchange adds whether it would have passed with one. */
    if (strcmp(result->result, "none") == 0 || strcmp(result->result, "bestguesspass") == 0)
        policy = DMARC_POLICY_NONE;
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        const char *value = auth_result_property(result, "policy", NAMES[i]);
        if (value != NULL)
            policy = MAX(policy, policy_named(value));
    }
    for (unsigned i = 0; i < result->comments->len; i++)
        policy = MAX(policy, comment_policy(g_ptr_array_index(result->comments, i)));
    return policy;
}

static void look_at_dmarc(Search *search, const AuthResult *result)
{
    g_autofree char *domain = property_domain(result, "header", "from");
    bool is_same = domain != NULL && strcmp(domain, search->from_domain) == 0;

    if (domain != NULL && !is_same)
        return;
    search->evidence->dmarc_policy = MAX(search->evidence->dmarc_policy, result_policy(result));
    if (strcmp(result->result, "pass") != 0) {
        search->dmarc_differed = true;
        search->dmarc_failed |= strcmp(result->result, "fail") == 0;
    } else if (is_same) {
        search->dmarc_passed = true;
        note(search, EVIDENCE_DMARC, "header.from", domain);
    }
}

/* header.i is at or below the signing domain, so it stands in where a server (Google) leaves
 * header.d out. */
static void look_at_dkim(Search *search, const AuthResult *result)
{
    bool has_d = auth_result_property(result, "header", "d") != NULL;
    g_autofree char *domain = property_domain(result, "header", has_d ? "d" : "i");

    if (strcmp(result->result, "pass") == 0 && is_aligned(domain, search->from_domain))
        note(search, EVIDENCE_DKIM, has_d ? "header.d" : "header.i", domain);
}

/* The name in HELO speaks only where there is no envelope sender. */
static void look_at_spf(Search *search, const AuthResult *result)
{
    const char *mailfrom = auth_result_property(result, "smtp", "mailfrom");
    bool has_sender = mailfrom != NULL && *mailfrom != '\0' && strcmp(mailfrom, "<>") != 0;
    const char *name = has_sender ? "mailfrom" : "helo";
    g_autofree char *domain = property_domain(result, "smtp", name);

    if (strcmp(result->result, "pass") == 0 && is_aligned(domain, search->from_domain))
        note(search, EVIDENCE_SPF, has_sender ? "smtp.mailfrom" : "smtp.helo", domain);
}

static const struct {
    const char *method;
    void (*look)(Search *search, const AuthResult *result);
} METHODS[] = {
    { "dmarc", look_at_dmarc },
    { "dkim", look_at_dkim },
    { "spf", look_at_spf },
};

static void look_at_field(Search *search, const EvidenceField *field)
{
    g_autoptr(AuthResults) results = auth_results_parse(field->value, NULL);
    if (results == NULL) {
        search->n_unreadable++;
        return;
    }
    if (results->version != 1 || strcmp(results->authserv_id, search->trust->authserv_id) != 0)
        return;
    if (field->received_above > search->trust->hops) {
        search->n_too_deep++;
        return;
    }

    search->n_trusted++;
    for (unsigned i = 0; i < results->results->len; i++) {
        const AuthResult *result = g_ptr_array_index(results->results, i);
        for (size_t m = 0; m < G_N_ELEMENTS(METHODS); m++) {
            if (strcmp(result->method, METHODS[m].method) == 0)
                METHODS[m].look(search, result);
        }
    }
}

/* A server comes to one result, so another was slipped in. */
static bool is_contested(const Search *search)
{
    return search->dmarc_passed && search->dmarc_differed;
}

static char *why_none(const Search *search)
{
    const char *id = search->trust->authserv_id;

    if (search->dmarc_failed)
        return g_strdup_printf("dmarc=fail header.from=%s (%s)", search->from_domain, id);
    if (is_contested(search))
        return g_strdup_printf("the dmarc results for %s contradict each other (%s)",
                               search->from_domain, id);
    if (search->n_trusted > 0)
        return g_strdup_printf("no dmarc, dkim or spf result passed for %s (%s)",
                               search->from_domain, id);
    if (search->n_too_deep > 0)
        return g_strdup_printf("an Authentication-Results field of %s stands below more than"
                               " %" G_GINT64_FORMAT " Received fields, so anybody may have"
                               " written it",
                               id, search->trust->hops);
    if (search->n_unreadable > 0)
        return g_strdup_printf("no Authentication-Results field of %s that can be read", id);
    return g_strdup_printf("no Authentication-Results field of %s", id);
}

static void field_free(gpointer data)
{
    EvidenceField *field = data;
    g_free(field->value);
    g_free(field);
}

GPtrArray *evidence_fields(const Head *head)
{
    static const char NAME[] = "Authentication-Results";
    GPtrArray *fields = g_ptr_array_new_with_free_func(field_free);
    size_t count = MIN(head_count(head, NAME), AUTH_RESULTS_FIELDS_MAX);

    for (size_t i = 0; i < count; i++) {
        EvidenceField *field = g_new0(EvidenceField, 1);
        field->value = head_get(head, NAME, i);
        field->received_above = (int64_t) head_count_above(head, NAME, i, "Received");
        g_ptr_array_add(fields, field);
    }
    return fields;
}

void evidence_find(const GPtrArray *fields, const EvidenceTrust *trust, const char *from_domain,
                   Evidence *ret_evidence)
{
    *ret_evidence = (Evidence){ .kind = EVIDENCE_NONE };
    if (trust->authserv_id == NULL || *trust->authserv_id == '\0') {
        ret_evidence->text = g_strdup("no authserv-id is configured");
        return;
    }
    g_autofree char *domain = NULL;
    if (!domain_parse(from_domain, &domain, NULL)) {
        ret_evidence->text = g_strdup("the sender's domain is no domain name");
        return;
    }

    Search search = { .trust = trust, .from_domain = domain, .evidence = ret_evidence };
    for (unsigned i = 0; i < fields->len; i++)
        look_at_field(&search, g_ptr_array_index(fields, i));

    if (search.dmarc_failed || is_contested(&search))
        ret_evidence->kind = EVIDENCE_NONE;
    if (ret_evidence->kind == EVIDENCE_NONE) {
        g_free(ret_evidence->text);
        ret_evidence->text = why_none(&search);
    }
}
