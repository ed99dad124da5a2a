/* Whether a message comes from the domain in its From field, by what our own mail server found
 * out when it came in. From alone proves nothing. */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "mail/head.h"

/* In the order of what they prove, the least first. */
typedef enum {
    EVIDENCE_NONE,
    EVIDENCE_SPF,   /* the sending host may send for the envelope's domain */
    EVIDENCE_DKIM,  /* a domain signed the message */
    EVIDENCE_DMARC, /* the domain in From stands behind the message (RFC 7489) */
} EvidenceKind;

/* What the domain in From asks receivers to do with mail that fails DMARC. Where it is unknown
 * the careful reader takes it for REJECT. */
typedef enum {
    DMARC_POLICY_UNKNOWN,
    DMARC_POLICY_NONE, /* nothing, or the domain has no policy */
    DMARC_POLICY_QUARANTINE,
    DMARC_POLICY_REJECT,
} DmarcPolicy;

/* Which fields we believe.
 *
 * Anybody can write "mx.example.org; dmarc=pass" into a mail, but only below the Received field
 * that our first server puts on top of what it gets. So a field counts only if at most `hops`
 * Received fields stand above it: 0 if the server that checks writes its results above its own
 * Received field, else the number of Received fields of our own hosts that stand above its
 * results. (A milter of Postfix does the first if it inserts its field at position 0, the
 * second at position 1.) In the second case a forged field may stand just as high, so the
 * server must remove fields with its own authserv-id from what comes in, as RFC 8601 section 5
 * asks. */
typedef struct {
    const char *authserv_id; /* exactly as the server writes it, case included */
    int64_t hops;
} EvidenceTrust;

typedef struct {
    EvidenceKind kind;
    char *text; /* for people, printable ASCII: `dmarc=pass header.from=nic.example
                 * (mx.example.org)`, or why there is no evidence */
    DmarcPolicy dmarc_policy;
} Evidence;

void evidence_clear(Evidence *evidence);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Evidence, evidence_clear)

/* An Authentication-Results field as it stands in a mail. */
typedef struct {
    char *value;            /* unfolded; bytes from outside */
    int64_t received_above; /* number of Received fields above it */
} EvidenceField;

/* The EvidenceFields of a mail, top first; AUTH_RESULTS_FIELDS_MAX at the most. They are read
 * from its bytes and not from what the parser child says: whoever takes over the child could
 * otherwise vouch for any author. */
GPtrArray *evidence_fields(const Head *head);

/* Fills in *ret_evidence, whose text is the caller's. fields are EvidenceField*; from_domain is
 * that of the From address, in any script.
 *
 * - DMARC counts if it passed for exactly that domain.
 * - DKIM and SPF count if they passed for that domain or for a parent of it of at least two
 *   labels. Whoever holds nic.example decides who may be ops.nic.example. Not so the other way
 *   round: names below a domain are often given to others, and a TLD gives them to everybody;
 *   so a TLD's own signature proves nothing about the names below it either.
 * - If DMARC failed nothing counts: the domain published what proves its mail, and this has
 *   none of it. The same if one field says that it passed and another that it did not: then one
 *   of them is not our server's. */
void evidence_find(const GPtrArray *fields, const EvidenceTrust *trust, const char *from_domain,
                   Evidence *ret_evidence);

/* "none", "spf", "dkim", "dmarc" */
const char *evidence_kind_name(EvidenceKind kind);
