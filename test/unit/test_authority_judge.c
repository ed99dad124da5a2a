#include "membership/authority_judge.h"

#include <glib.h>

#include "base/limits.h"

#define NOW  G_GINT64_CONSTANT(1790000000)
#define SOON (NOW - 60)
#define LONG (NOW - IANA_SECOND_LOOK_S)

#define A "admin@nic.example"
#define B "new@nic.example"
#define C "eve@evil.example"

#define NONE                                                                                   \
    {                                                                                          \
        TRUST_NONE, NULL, false, NULL, 0                                                       \
    }
#define KNOWN(trust, address)                                                                  \
    {                                                                                          \
        trust, address, false, NULL, 0                                                         \
    }
#define WAITING(trust, address, candidate, since)                                              \
    {                                                                                          \
        trust, address, true, candidate, since                                                 \
    }
#define SAID(address)                                                                          \
    {                                                                                          \
        true, address                                                                          \
    }
#define UNREAD                                                                                 \
    {                                                                                          \
        false, NULL                                                                            \
    }

static const struct {
    const char *name;
    AddressState before;
    AddressSeen whois;
    AddressSeen rdap;
    AddressState after;
} CASES[] = {
    /* clang-format off */
    { "nothing is read", KNOWN(TRUST_AGREED, A), UNREAD, UNREAD, KNOWN(TRUST_AGREED, A) },
    { "first, both say it", NONE, SAID(A), SAID(A), KNOWN(TRUST_AGREED, A) },
    { "first, in another case", NONE, SAID("Admin@NIC.example"), SAID(A), KNOWN(TRUST_AGREED, A) },
    { "first, one says it", NONE, SAID(A), UNREAD, WAITING(TRUST_NONE, NULL, A, NOW) },
    { "first, they contradict", NONE, SAID(C), SAID(A), KNOWN(TRUST_DISPUTED, NULL) },
    { "first, there is none", NONE, SAID(NULL), SAID(NULL), KNOWN(TRUST_AGREED, NULL) },
    { "changed in both", KNOWN(TRUST_AGREED, A), SAID(B), SAID(B), KNOWN(TRUST_AGREED, B) },
    { "changed in WHOIS alone", KNOWN(TRUST_AGREED, A), SAID(C), SAID(A), KNOWN(TRUST_DISPUTED, A) },
    { "changed in RDAP alone", KNOWN(TRUST_AGREED, A), SAID(A), SAID(C), KNOWN(TRUST_DISPUTED, A) },
    { "changed in WHOIS, RDAP unread", KNOWN(TRUST_AGREED, A), SAID(B), UNREAD, WAITING(TRUST_AGREED, A, B, NOW) },
    { "the same, RDAP unread", KNOWN(TRUST_AGREED, A), SAID(A), UNREAD, KNOWN(TRUST_AGREED, A) },
    { "changed, RDAP silent", KNOWN(TRUST_AGREED, A), SAID(B), SAID(NULL), WAITING(TRUST_AGREED, A, B, NOW) },
    { "the same, WHOIS silent", KNOWN(TRUST_AGREED, A), SAID(NULL), SAID(A), KNOWN(TRUST_AGREED, A) },
    { "second look too soon", WAITING(TRUST_AGREED, A, B, SOON), SAID(B), UNREAD, WAITING(TRUST_AGREED, A, B, SOON) },
    { "second look", WAITING(TRUST_AGREED, A, B, LONG), SAID(B), UNREAD, KNOWN(TRUST_REPEATED, B) },
    { "second look by the other source", WAITING(TRUST_AGREED, A, B, LONG), UNREAD, SAID(B), KNOWN(TRUST_REPEATED, B) },
    { "both at the second look", WAITING(TRUST_AGREED, A, B, SOON), SAID(B), SAID(B), KNOWN(TRUST_AGREED, B) },
    { "something else at the second look", WAITING(TRUST_AGREED, A, C, LONG), SAID(B), UNREAD, WAITING(TRUST_AGREED, A, B, NOW) },
    { "back to what it was", WAITING(TRUST_AGREED, A, C, LONG), SAID(A), UNREAD, KNOWN(TRUST_AGREED, A) },
    { "contradiction at the second look", WAITING(TRUST_AGREED, A, C, LONG), SAID(C), SAID(A), KNOWN(TRUST_DISPUTED, A) },
    { "unread at the second look", WAITING(TRUST_AGREED, A, B, LONG), UNREAD, UNREAD, WAITING(TRUST_AGREED, A, B, LONG) },
    { "no address any more, one source", KNOWN(TRUST_AGREED, A), SAID(NULL), UNREAD, WAITING(TRUST_AGREED, A, NULL, NOW) },
    { "no address any more, again", WAITING(TRUST_AGREED, A, NULL, LONG), SAID(NULL), UNREAD, KNOWN(TRUST_REPEATED, NULL) },
    { "no address any more, both", KNOWN(TRUST_AGREED, A), SAID(NULL), SAID(NULL), KNOWN(TRUST_AGREED, NULL) },
    { "they agree again", KNOWN(TRUST_DISPUTED, A), SAID(A), SAID(A), KNOWN(TRUST_AGREED, A) },
    { "one of them after a contradiction", KNOWN(TRUST_DISPUTED, A), SAID(A), UNREAD, WAITING(TRUST_DISPUTED, A, A, NOW) },
    { "a person decided, they still contradict", KNOWN(TRUST_ACCEPTED, A), SAID(C), SAID(A), KNOWN(TRUST_ACCEPTED, A) },
    { "a person decided, neither says it now", KNOWN(TRUST_ACCEPTED, A), SAID(C), SAID(B), KNOWN(TRUST_DISPUTED, A) },
    { "a person decided, they agree on another", KNOWN(TRUST_ACCEPTED, A), SAID(B), SAID(B), KNOWN(TRUST_AGREED, B) },
    /* clang-format on */
};

static void test_address_is_judged_by_what_both_sources_say(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        const AddressState *want = &CASES[i].after;
        AddressState after = address_judge(&CASES[i].before, &CASES[i].whois, &CASES[i].rdap,
                                           NOW);
        g_test_message("%s", CASES[i].name);
        g_assert_cmpstr(trust_text(after.trust), ==, trust_text(want->trust));
        g_assert_cmpstr(after.address, ==, want->address);
        g_assert_cmpint(after.is_pending, ==, want->is_pending);
        if (want->is_pending) {
            g_assert_cmpstr(after.candidate, ==, want->candidate);
            g_assert_cmpint(after.pending_since, ==, want->pending_since);
        }
    }
}

/* Whoever sits on the way to one source alone, however long, gets no address into use while the
 * other one answers. */
static void test_one_forged_source_never_wins_against_the_other(void)
{
    const AddressSeen forged = SAID(C);
    const AddressSeen right = SAID(A);
    AddressState state = KNOWN(TRUST_AGREED, A);
    for (int day = 1; day < 30; day++) {
        state = address_judge(&state, &forged, &right, NOW + day * 86400);
        g_assert_false(address_is_usable(&state) && g_strcmp0(state.address, C) == 0);
        g_assert_cmpstr(state.address, ==, A);
    }
}

static void test_address_in_doubt_is_not_in_use(void)
{
    static const struct {
        AddressState state;
        bool usable;
    } STATES[] = {
        { KNOWN(TRUST_AGREED, A), true },
        { KNOWN(TRUST_REPEATED, A), true },
        { KNOWN(TRUST_ACCEPTED, A), true },
        { KNOWN(TRUST_DISPUTED, A), false },
        { KNOWN(TRUST_AGREED, NULL), false },
        { WAITING(TRUST_AGREED, A, B, NOW), false },
        { NONE, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++)
        g_assert_cmpint(address_is_usable(&STATES[i].state), ==, STATES[i].usable);
}

static void test_trust_is_kept_as_text(void)
{
    for (int i = TRUST_NONE; i <= TRUST_DISPUTED; i++)
        g_assert_cmpint(trust_parse(trust_text((Trust) i)), ==, i);
    g_assert_cmpint(trust_parse("damaged"), ==, TRUST_DISPUTED);
    g_assert_cmpint(trust_parse(NULL), ==, TRUST_DISPUTED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/authority-judge/address-is-judged-by-what-both-sources-say",
                    test_address_is_judged_by_what_both_sources_say);
    g_test_add_func("/authority-judge/one-forged-source-never-wins-against-the-other",
                    test_one_forged_source_never_wins_against_the_other);
    g_test_add_func("/authority-judge/address-in-doubt-is-not-in-use",
                    test_address_in_doubt_is_not_in_use);
    g_test_add_func("/authority-judge/trust-is-kept-as-text", test_trust_is_kept_as_text);
    return g_test_run();
}
