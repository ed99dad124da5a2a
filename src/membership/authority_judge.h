/* Whether to believe an e-mail address that IANA is said to publish: confirmations go to it,
 * and so it decides who may change the directory.
 *
 * WHOIS comes unencrypted, and whoever sits on the way may have written it; RDAP is
 * authenticated but may be out of reach. So a new address is believed if both sources say it,
 * or if one says it and the other is silent at two looks a day apart; where they contradict
 * each other, nobody is believed until they agree or a person decides. An address that is on
 * file stays there meanwhile, but is not in use while it is in doubt. A pure function: no
 * store, no clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How the address on file came to be believed; the texts are those of the store. */
typedef enum {
    TRUST_NONE,     /* "none": nothing is on file yet */
    TRUST_AGREED,   /* "agreed": both sources said it at the same time */
    TRUST_REPEATED, /* "repeated": one source said it twice */
    TRUST_ACCEPTED, /* "accepted": a person decided */
    TRUST_DISPUTED, /* "disputed": the sources contradict each other */
} Trust;

const char *trust_text(Trust trust);
Trust trust_parse(const char *text);

/* What is on file, or shall be. Texts are borrowed; NULL: none. */
typedef struct {
    Trust trust;
    const char *address;
    bool is_pending;       /* another one was seen once */
    const char *candidate; /* that one; NULL: that there is none */
    int64_t pending_since;
} AddressState;

/* What one source says now. */
typedef struct {
    bool is_read; /* false: it says nothing, not even that there is none */
    const char *address;
} AddressSeen;

/* What to put on file instead of the state before. */
AddressState address_judge(const AddressState *before, const AddressSeen *whois,
                           const AddressSeen *rdap, int64_t now);

/* Whether confirmations may go to it. */
bool address_is_usable(const AddressState *state);
