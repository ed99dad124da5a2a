/* Our contacts beside IANA's: who of ours is published there too, and with which address and
 * number (R95, R96). */
#pragma once

#include "directory/contact.h"
#include "membership/authority.h"

/* In which of the two contacts at IANA a thing of ours stands as well. */
typedef struct {
    bool is_known; /* we have such a thing */
    bool is_at[AUTHORITY_ROLES];
} AuthorityMatch;

typedef struct {
    AuthorityMatch name;
    AuthorityMatch primary;
    AuthorityMatch secondary;
    AuthorityMatch mobile;
} AuthorityComparison;

/* Addresses are compared as canonical ones in any case, numbers by their digits, names by their
 * words. */
AuthorityComparison authority_compare(const Authority *authority, const Person *person);

/* "same as administrative", "same as both", "differs"; NULL if we have no such thing. */
const char *authority_match_text(const AuthorityMatch *match);
