/* The address at which an authority is asked, if there is one that may be used. */
#pragma once

#include "membership/authority.h"

/* Where confirmations go: *ret_address is canonical (base/address.h), or NULL, and then
 * *ret_why says why there is none to use: never asked, no address, not one that mail goes to,
 * in doubt, a TLD without a manager, or a weighty change of this contact or the manager that
 * the secretariat has not seen. Both are the caller's. */
bool authority_address(Db *db, const char *tld, AuthorityRole role, char **ret_address,
                       char **ret_why, GError **err);

/* Whether an address (canonical) is one of those, the administrative or the technical. */
bool authority_has_address(Db *db, const char *tld, const char *address, bool *ret_has,
                           GError **err);

/* The same as authority_address of an authority at hand. */
void authority_usable_address(const Authority *authority, AuthorityRole role,
                              bool has_unseen_change, char **ret_address, char **ret_why);
