/* Bounces: what a mail says about the delivery of another one. RFC 3464 first, then the plain
 * texts of mail systems that do not write it. Nothing here is proof: anybody can send such a
 * mail, so the caller must have recognised the address it came to (mail/verp.h). */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/message.h"

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

/* Dsn * of each recipient that the mail did not reach (yet), in the order of the mail. Empty if
 * this is no bounce: an absence notice, a report of success, somebody's mail about bounces. */
GPtrArray *dsn_read(const Message *message);

/* The Message-ID of the mail that came back, without brackets; NULL if it is not told. */
char *dsn_returned_id(const Message *message);

/* "permanent", "temporary", "policy", "delayed" */
const char *dsn_class_name(DsnClass class);

/* The class of a failure from its status (may be NULL) and what the host said. Also for the
 * answers that our own courier gets. */
DsnClass dsn_classify(const char *status, const char *diagnostic);

/* The first enhanced status code (RFC 3463) of class 4 or 5 in a text, NULL if there is none.
 */
char *dsn_find_status(const char *text);

/* The same for texts without a report; dsn_read() asks it last. */
GPtrArray *dsn_read_text(const Message *message);
