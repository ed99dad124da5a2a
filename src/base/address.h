/* Mail addresses and domain names: syntax of RFC 5321 and 6531, one canonical form. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Canonical: the local part as given (case kept, NFC, quoted only if it must be), the domain as
 * lower-case A-labels. A fixed point. Refused with ERR_INVALID: address literals, comments,
 * display names, routes, anything with a space, control, bidi or unseen character (also in
 * quotes, where the RFCs allow spaces: nobody has such an address, and it would break lines
 * and lists), and what is longer than ADDRESS_MAX. The local part alone may be longer than the
 * 64 bytes of RFC 5321 4.5.3.1.1: forwarders and other lists put whole addresses into those of
 * their envelope senders. A domain of one label is fine: a registry may well receive mail at
 * its bare TLD. */
bool address_parse(const char *text, char **ret_canonical, GError **err);

/* The form for look-ups and uniqueness: like the canonical one, with case folded away. Not an
 * address to send to, as a strange host may tell cases apart. */
char *address_key(const char *canonical);

/* Whether two canonical addresses are the same one, by their keys. */
bool address_equal(const char *one, const char *other);

/* Borrowed from the argument: what follows the @. */
const char *address_domain(const char *canonical);

/* For people: the domain in its own script (U-labels). address_parse reads it back. */
char *address_display(const char *canonical);

/* Whether it goes where SMTPUTF8 is not spoken; a domain is ASCII always. */
bool address_is_ascii(const char *canonical);

/* Whether its domain is inside of a TLD, given as a lower-case A-label without dot ("ca"), or
 * is the TLD itself. */
bool address_is_within(const char *canonical, const char *tld);

/* Puts suffix at the end of the local part: "ops@x" with "-bounces+TAG" is
 * "ops-bounces+TAG@x". The suffix is of letters, digits, "+", "-" and "="; for the list's own
 * address there is room, see LIST_LOCAL_MAX. */
char *address_with_detail(const char *canonical, const char *suffix);

/* A domain name in any script and case; lower-case A-labels come back. No trailing dot, no
 * underscore, no IP address. IDNA2008 with the mapping of UTS 46, not transitional. */
bool domain_parse(const char *text, char **ret_a_labels, GError **err);

/* For people: U-labels. What cannot be shown so comes back as it is. */
char *domain_display(const char *a_labels);
