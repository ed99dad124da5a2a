/* What became of a mail for one recipient, as a bounce tells it (mail/dsn_read.h), and how
 * failures are told apart. */
#pragma once

#include <glib.h>

typedef enum {
    DSN_PERMANENT, /* the address does not work and will not: no such user, no such domain */
    DSN_TEMPORARY, /* given up, though the address may work: mailbox full, host not reached */
    DSN_POLICY,    /* this mail was refused (DMARC, spam, size): says nothing on the address */
    DSN_DELAYED,   /* still being tried */
} DsnClass;

/* What became of the mail for one recipient. */
typedef struct {
    char *recipient; /* canonical; the one we wrote to if it is told; NULL if none is */
    DsnClass class;
    char *status; /* "5.1.1" (RFC 3463), NULL if none was found */
    char *reason; /* for people, one line, never NULL */
} Dsn;

void dsn_free(Dsn *dsn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dsn, dsn_free)

/* "permanent", "temporary", "policy", "delayed" */
const char *dsn_class_name(DsnClass class);

/* The class of a failure from its status (may be NULL) and what the host said. Also for the
 * answers that our own courier gets. */
DsnClass dsn_classify(const char *status, const char *diagnostic);

/* The first enhanced status code (RFC 3463) of class 4 or 5 in a text, NULL if there is none.
 */
char *dsn_find_status(const char *text);
