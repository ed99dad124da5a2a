#include "membership/request_policy.h"

#include <stddef.h>

static const char *const KINDS[REQUEST_KINDS] = { "join", "add", "change", "remove", "leave" };

static const char *const ASKER_NAMES[ASKERS] = {
    "administrative", "technical", "self", "colleague", "other", "secretariat",
};

static const char *const NEED_NAMES[NEEDS] = {
    "authority", "objection", "owner", "decision", "secretariat", "address", "phone",
};

/* The place of a name in a table; n if it is not there. */
static size_t place_of(const char *const *names, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && !g_str_equal(names[i], name))
        i++;
    return i;
}

const char *request_kind_name(RequestKind kind)
{
    return KINDS[kind];
}

bool request_kind_parse(const char *name, RequestKind *ret_kind)
{
    size_t i = place_of(KINDS, REQUEST_KINDS, name);
    if (i == REQUEST_KINDS)
        return false;
    *ret_kind = (RequestKind) i;
    return true;
}

const char *asker_name(Asker asker)
{
    return ASKER_NAMES[asker];
}

bool asker_parse(const char *name, Asker *ret_asker)
{
    size_t i = place_of(ASKER_NAMES, ASKERS, name);
    if (i == ASKERS)
        return false;
    *ret_asker = (Asker) i;
    return true;
}

bool asker_is_insider(Asker asker)
{
    return asker != ASKER_TECHNICAL && asker != ASKER_OTHER;
}

const char *need_name(RequestNeedBit need)
{
    size_t i = 0;
    while (i < NEEDS - 1 && (unsigned) need != 1U << i)
        i++;
    return NEED_NAMES[i];
}

bool need_parse(const char *name, RequestNeedBit *ret_need)
{
    size_t i = place_of(NEED_NAMES, NEEDS, name);
    if (i == NEEDS)
        return false;
    *ret_need = (RequestNeedBit) (1U << i);
    return true;
}

/* The rules */

#define KIND(x)  (1U << REQUEST_##x)
#define ASKER(x) (1U << ASKER_##x)

#define NEWCOMERS  (KIND(JOIN) | KIND(ADD))
#define ALL_KINDS  ((1U << REQUEST_KINDS) - 1)
#define ALL_ASKERS ((1U << ASKERS) - 1)

/* Conditions, as bits. */
typedef enum {
    IF_EVIDENCE = 1 << 0,
    IF_COPIED = 1 << 1,
    IF_MOVES_ADDRESS = 1 << 2,
    IF_TECHNICAL_MAY = 1 << 3,
    IF_SILENCE_CONSENTS = 1 << 4,
} Condition;

#define CONDITIONS 5

static const char *const CONDITION_NAMES[CONDITIONS] = {
    "evidence",
    "administrative contact in copy",
    "another primary address",
    "technical-contact-may-request",
    "objection-days",
};

typedef struct {
    const char *name;
    unsigned kinds;
    unsigned askers;
    unsigned conditions;
    unsigned ways[POLICY_WAYS];
    size_t n_ways;
    const char *why;
} Rule;

/* The first that fits decides. */
/* clang-format off */
static const Rule RULES[] = {
    { "administrative-moves-address", KIND(CHANGE), ASKER(ADMINISTRATIVE), IF_EVIDENCE | IF_MOVES_ADDRESS,
      { NEED_OWNER, NEED_PHONE }, 2,
      "the old address says yes, or the administrative contact does and the phone is called" },
    { "moves-own-address", KIND(CHANGE), ASKER(SELF), IF_EVIDENCE | IF_MOVES_ADDRESS,
      { 0 }, 1, "it comes from the address that moves; the new one proves itself" },
    { "moves-address", KIND(CHANGE), ALL_ASKERS, IF_MOVES_ADDRESS,
      { NEED_OWNER, NEED_AUTHORITY | NEED_PHONE }, 2,
      "the old address says yes, or the administrative contact does and the phone is called" },

    { "administrative", ALL_KINDS, ASKER(ADMINISTRATIVE), IF_EVIDENCE,
      { 0 }, 1, "the administrative contact itself asks, and its mail is true" },
    { "administrative-unproven", ALL_KINDS, ASKER(ADMINISTRATIVE), 0,
      { NEED_AUTHORITY }, 1, "nothing shows that the mail is the administrative contact's" },

    { "technical-objection", NEWCOMERS, ASKER(TECHNICAL), IF_EVIDENCE | IF_TECHNICAL_MAY | IF_SILENCE_CONSENTS,
      { NEED_OBJECTION }, 1, "the technical contact may ask; the administrative one may object" },
    { "technical", NEWCOMERS, ASKER(TECHNICAL), IF_EVIDENCE | IF_TECHNICAL_MAY,
      { 0 }, 1, "the technical contact may ask; the administrative one gets a copy" },

    { "own-entry", KIND(CHANGE) | KIND(REMOVE), ASKER(SELF), IF_EVIDENCE,
      { 0 }, 1, "it comes from an address on file; the administrative contact is told" },
    { "own-entry-unproven", KIND(CHANGE) | KIND(REMOVE), ASKER(SELF), 0,
      { NEED_OWNER }, 1, "nothing shows that the mail is the contact's: the address on file is asked" },

    { "change-of-another", KIND(CHANGE), ALL_ASKERS, 0,
      { NEED_OWNER, NEED_AUTHORITY }, 2, "whose entry it is, or the administrative contact, says yes" },
    { "removal-by-secretariat", KIND(REMOVE), ASKER(SECRETARIAT), 0,
      { NEED_DECISION }, 1, "nobody is removed without a decision of the committee" },

    { "in-copy", NEWCOMERS, ASKER(COLLEAGUE) | ASKER(OTHER) | ASKER(TECHNICAL),
      IF_EVIDENCE | IF_COPIED | IF_SILENCE_CONSENTS,
      { NEED_OBJECTION }, 1, "the administrative contact was in copy and may object" },
    { "authority-confirms", ALL_KINDS, ALL_ASKERS, 0,
      { NEED_AUTHORITY }, 1, "the administrative contact at IANA vouches" },
};

/* What is needed beside, each by a fact of its own. */
static const struct {
    const char *name;
    size_t fact; /* offset of a bool in PolicyRequest */
    const char *condition;
    unsigned needs;
    const char *why;
} BESIDE[] = {
    { "shared-entry", offsetof(PolicyRequest, is_shared), "somebody who speaks for others too",
      NEED_OWNER, "who speaks for other TLDs or the committee says yes as well" },
    { "grey-address", offsetof(PolicyRequest, is_grey), "an address that may not be one person's",
      NEED_DECISION, "grey areas are the committee's to decide" },
    { "other-script", offsetof(PolicyRequest, is_unread), "a name in a script that the address is not in",
      NEED_SECRETARIAT, "people who read both see whether they belong together" },
    { "likeness", offsetof(PolicyRequest, has_likeness), "an address that looks like one on file, or like another than it is",
      NEED_SECRETARIAT, "people look at both, side by side" },
    { "another-person", offsetof(PolicyRequest, is_another), "a name that has nothing of the one on file",
      NEED_SECRETARIAT, "an entry is one person's: somebody else is removed and added" },
    { "last-contact", offsetof(PolicyRequest, leaves_nobody), "afterwards the TLD has no contact",
      NEED_SECRETARIAT, "nobody could be reached there any more" },
    { "new-address", offsetof(PolicyRequest, adds_address), "an address that is not on file",
      NEED_ADDRESS, "each new address proves itself" },
    { "new-secondary", offsetof(PolicyRequest, adds_secondary), "a secondary address that is not on file",
      NEED_PHONE, "a code over the mobile phone shows whose address it is" },
};
/* clang-format on */

static unsigned conditions_of(const PolicyRequest *request)
{
    return (request->has_evidence ? IF_EVIDENCE : 0) | (request->is_copied ? IF_COPIED : 0) |
           (request->moves_address ? IF_MOVES_ADDRESS : 0) |
           (request->technical_may_ask ? IF_TECHNICAL_MAY : 0) |
           (request->silence_consents ? IF_SILENCE_CONSENTS : 0);
}

static bool fits(const Rule *rule, const PolicyRequest *request, unsigned conditions)
{
    return (rule->kinds & 1U << request->kind) != 0 &&
           (rule->askers & 1U << request->asker) != 0 && (rule->conditions & ~conditions) == 0;
}

PolicyNeeds request_policy(const PolicyRequest *request)
{
    unsigned conditions = conditions_of(request);
    size_t i = 0;
    while (!fits(&RULES[i], request, conditions))
        i++; /* the last fits everything */

    PolicyNeeds needs = {
        .rule = RULES[i].name,
        .why = RULES[i].why,
        .ways = { RULES[i].ways[0], RULES[i].ways[1] },
        .n_ways = RULES[i].n_ways,
    };
    for (size_t k = 0; k < G_N_ELEMENTS(BESIDE); k++) {
        if (*(const bool *) ((const char *) request + BESIDE[k].fact))
            needs.always |= BESIDE[k].needs;
    }
    return needs;
}

/* The table for people */

static char *join_bits(unsigned bits, const char *const *names, size_t n, const char *between)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        if ((bits & 1U << i) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? between : "", names[i]);
    }
    return g_string_free(text, FALSE);
}

static char *format_set(unsigned bits, const char *const *names, size_t n)
{
    return bits == (1U << n) - 1 ? g_strdup("any") : join_bits(bits, names, n, ", ");
}

static char *format_ways(const Rule *rule)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < rule->n_ways; i++) {
        g_autofree char *way = join_bits(rule->ways[i], NEED_NAMES, NEEDS, " and ");
        g_string_append_printf(text, "%s%s", i > 0 ? ", or " : "",
                               *way != '\0' ? way : "nothing more");
    }
    return g_strdup(text->str);
}

void policy_row_free(PolicyRow *row)
{
    g_free(row->kinds);
    g_free(row->askers);
    g_free(row->conditions);
    g_free(row->needs);
    g_free(row);
}

GPtrArray *request_policy_rows(void)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify) policy_row_free);
    for (size_t i = 0; i < G_N_ELEMENTS(RULES); i++) {
        PolicyRow *row = g_new0(PolicyRow, 1);
        row->rule = RULES[i].name;
        row->why = RULES[i].why;
        row->kinds = format_set(RULES[i].kinds, KINDS, REQUEST_KINDS);
        row->askers = format_set(RULES[i].askers, ASKER_NAMES, ASKERS);
        row->conditions = join_bits(RULES[i].conditions, CONDITION_NAMES, CONDITIONS, ", ");
        row->needs = format_ways(&RULES[i]);
        g_ptr_array_add(rows, row);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(BESIDE); i++) {
        PolicyRow *row = g_new0(PolicyRow, 1);
        row->rule = BESIDE[i].name;
        row->why = BESIDE[i].why;
        row->kinds = g_strdup("");
        row->askers = g_strdup("");
        row->conditions = g_strdup(BESIDE[i].condition);
        row->needs = join_bits(BESIDE[i].needs, NEED_NAMES, NEEDS, " and ");
        g_ptr_array_add(rows, row);
    }
    return rows;
}
