#include "membership/authority_judge.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "membership/iana_record.h"

static const char *const TRUSTS[] = {
    [TRUST_NONE] = "none",         [TRUST_AGREED] = "agreed",     [TRUST_REPEATED] = "repeated",
    [TRUST_ACCEPTED] = "accepted", [TRUST_DISPUTED] = "disputed",
};

const char *trust_text(Trust trust)
{
    return TRUSTS[trust];
}

/* A text that is none of these is damage: then nothing is believed. */
Trust trust_parse(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TRUSTS); i++) {
        if (g_strcmp0(TRUSTS[i], text) == 0)
            return (Trust) i;
    }
    return TRUST_DISPUTED;
}

static bool is_same(const char *a, const char *b)
{
    return iana_value_is_same(iana_field_find("administrative_email"), a, b);
}

static AddressState believe(Trust trust, const char *address)
{
    return (AddressState){ .trust = trust, .address = address };
}

/* Both sources were read. */
static AddressState judge_both(const AddressState *before, const char *whois, const char *rdap)
{
    if (is_same(whois, rdap))
        return believe(TRUST_AGREED, rdap);
    bool is_decided = before->trust == TRUST_ACCEPTED &&
                      (is_same(before->address, whois) || is_same(before->address, rdap));
    return believe(is_decided ? TRUST_ACCEPTED : TRUST_DISPUTED, before->address);
}

/* One source was read, or only one of them names an address. */
static AddressState judge_one(const AddressState *before, const char *seen, int64_t now)
{
    bool is_known = before->trust != TRUST_NONE && before->trust != TRUST_DISPUTED;
    if (is_known && is_same(seen, before->address))
        return believe(before->trust, seen);

    bool is_again = before->is_pending && is_same(before->candidate, seen);
    if (is_again && now - before->pending_since >= IANA_SECOND_LOOK_S)
        return believe(TRUST_REPEATED, seen);

    AddressState state = *before;
    state.is_pending = true;
    state.candidate = seen;
    state.pending_since = is_again ? before->pending_since : now;
    return state;
}

AddressState address_judge(const AddressState *before, const AddressSeen *whois,
                           const AddressSeen *rdap, int64_t now)
{
    if (!whois->is_read && !rdap->is_read)
        return *before;
    bool are_both = whois->is_read && rdap->is_read;
    if (are_both && (whois->address == NULL) == (rdap->address == NULL))
        return judge_both(before, whois->address, rdap->address);
    if (are_both) /* one of them is silent */
        return judge_one(before, whois->address != NULL ? whois->address : rdap->address, now);
    return judge_one(before, whois->is_read ? whois->address : rdap->address, now);
}

bool address_is_usable(const AddressState *state)
{
    return state->address != NULL && !state->is_pending && state->trust != TRUST_NONE &&
           state->trust != TRUST_DISPUTED;
}
