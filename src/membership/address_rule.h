/* Whether an address is one person's (R75 to R78): the directory lists people, so that members
 * know whom they reach and whom they trust. Pure decisions; they concern contacts only, never
 * the authorities at IANA, which are often roles (C30). */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    ADDRESS_PERSONAL, /* it shows the person's name */
    ADDRESS_UNREAD,   /* name and address are in scripts that cannot be compared: people look */
    ADDRESS_GREY,     /* it may be anybody's: the committee decides */
    ADDRESS_ROLE,     /* it is a function's: refused */
} AddressRule;

/* "personal", "unread", "grey", "role" */
const char *address_rule_name(AddressRule rule);

/* Judges an address (canonical) by the names of the person it is to belong to. *ret_why says
 * why for people, NULL for ADDRESS_PERSONAL; it is the caller's. A name in a script that has no
 * form in ASCII cannot be compared with an ASCII address, but whoever reads both can. */
AddressRule address_rule(const char *address, const char *given_name, const char *family_name,
                         char **ret_why);

/* Whether a name is a function's, not a person's: "NOC Team". */
bool address_rule_is_role_name(const char *name);
