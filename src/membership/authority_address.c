#include "membership/authority_address.h"

#include "base/address.h"
#include "membership/authority_change.h"

/* Why the address on file is not to be used; NULL if it may be. */
static char *doubt(const Authority *authority, AuthorityRole role, bool has_unseen_change)
{
    const AddressState *state = &authority->addresses[role];
    const char *status = authority->record.status;

    if (status != NULL && !g_str_equal(status, "active"))
        return g_strdup_printf("the TLD is \"%s\" at IANA", status);
    if (state->trust == TRUST_DISPUTED)
        return g_strdup("WHOIS and RDAP contradict each other; a person must decide");
    if (state->is_pending)
        return g_strdup("what one source says has to be seen again, or by both, before it is "
                        "believed");
    if (has_unseen_change)
        return g_strdup("who speaks for the TLD changed at IANA, and the secretariat has not "
                        "seen it yet");
    if (state->address == NULL)
        return g_strdup_printf("IANA publishes no %s address", authority_role_text(role));
    return NULL;
}

void authority_usable_address(const Authority *authority, AuthorityRole role,
                              bool has_unseen_change, char **ret_address, char **ret_why)
{
    g_autoptr(GError) wrong = NULL;
    *ret_address = NULL;
    *ret_why = doubt(authority, role, has_unseen_change);
    if (*ret_why == NULL &&
        !address_parse(authority->addresses[role].address, ret_address, &wrong))
        *ret_why = g_strdup_printf("what IANA publishes is no address: %s", wrong->message);
}

bool authority_address(Db *db, const char *tld, AuthorityRole role, char **ret_address,
                       char **ret_why, GError **err)
{
    g_autoptr(Authority) authority = NULL;
    bool has_unseen_change = false;
    if (!authority_find(db, tld, &authority, err) ||
        !authority_has_unseen_change(db, tld, role, &has_unseen_change, err))
        return false;
    if (authority != NULL) {
        authority_usable_address(authority, role, has_unseen_change, ret_address, ret_why);
        return true;
    }
    *ret_address = NULL;
    *ret_why = authority_never_read(tld);
    return true;
}

bool authority_has_address(Db *db, const char *tld, const char *address, bool *ret_has,
                           GError **err)
{
    static const AuthorityRole ROLES[] = { AUTHORITY_ADMINISTRATIVE, AUTHORITY_TECHNICAL };
    *ret_has = false;
    for (size_t i = 0; !*ret_has && i < G_N_ELEMENTS(ROLES); i++) {
        g_autofree char *published = NULL;
        g_autofree char *why = NULL;
        if (!authority_address(db, tld, ROLES[i], &published, &why, err))
            return false;
        *ret_has = published != NULL && address_equal(published, address);
    }
    return true;
}
