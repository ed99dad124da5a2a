/* Policy: what becomes of an incoming mail. A pure decision by one table of rules, taken from
 * facts that somebody else has gathered, so that the worker, `muster mail explain` and the
 * tests cannot differ. */
#pragma once

#include "mail/answer.h"
#include "mail/message.h"
#include "queue/inbox.h"

/* Whether a post with the same Message-ID from the same address came before to the same
 * recipient. */
typedef enum {
    POLICY_SEEN_NEVER,
    POLICY_SEEN_HELD,     /* it still waits */
    POLICY_SEEN_ACCEPTED, /* it went out */
} PolicySeen;

/* What the token of tld-ops-confirm+TOKEN@ is good for. */
typedef enum {
    POLICY_TOKEN_VALID,
    POLICY_TOKEN_UNKNOWN,
    POLICY_TOKEN_USED,
    POLICY_TOKEN_EXPIRED,
    POLICY_TOKEN_SETTLED, /* its post does not wait for it any more */
} PolicyToken;

/* Who decided about mail that its author has confirmed or disowned; any other name is somebody
 * of the secretariat. */
#define POLICY_BY_AUTHOR "author"

/* What counts as evidence after that. */
#define POLICY_EVIDENCE_ANSWER "confirmed by answer"

/* All that counts. Everything is borrowed. */
typedef struct {
    RouteKind route;           /* not ROUTE_NONE */
    const char *envelope_from; /* "" for <> */
    const Message *message;    /* NULL if it could not be read */
    const char *damage;        /* why no copy of it can be made; NULL if one can */
    bool has_loop_mark;        /* a List-Id or X-Loop field of ours: it went out from here */
    int64_t copy_size;         /* bytes of the copy that would go out */
    int64_t size_max;          /* bytes of the largest post */

    /* Whom the address in From belongs to; if From is of no use, the envelope sender. */
    bool is_member;          /* of somebody who may post, see contact_recognise */
    bool is_committee;       /* who gets what is sent to the committee, too */
    const char *evidence;    /* what shows that From is true; NULL: nothing does */
    const char *released_by; /* who of the secretariat released it; NULL: nobody */

    PolicySeen seen;
    bool has_readers; /* somebody is in the audience */
    /* No bound on automatic mail stands against telling the sender that it is held, that it is
     * refused, or asking for a confirmation. */
    bool may_tell_held;
    bool may_tell_refused;
    bool may_confirm;

    PolicyToken token; /* of ROUTE_CONFIRM */
    AnswerSays says;
} PolicyFacts;

typedef enum {
    POLICY_ANSWER_NONE,
    POLICY_ANSWER_CONFIRMATION, /* ask the author's address whether it is true */
    POLICY_ANSWER_HELD,         /* tell a stranger or a guest that it waits for people */
    POLICY_ANSWER_REFUSED,      /* tell a member why it did not go out */
} PolicyAnswer;

/* "none", "confirmation", "held", "refused". */
const char *policy_answer_name(PolicyAnswer answer);

typedef enum {
    POLICY_WAITS_FOR_NOTHING,
    POLICY_WAITS_FOR_CONFIRMATION,
    POLICY_WAITS_FOR_SECRETARIAT,
} PolicyWaits;

/* As it is stored: "confirmation", "secretariat"; NULL for nothing. */
const char *policy_waits_name(PolicyWaits waits);

typedef struct {
    const char *rule;      /* the rule's name: "stranger" */
    InboxState state;      /* where the mail ends up */
    PolicyWaits waits_for; /* of INBOX_HELD only */
    PolicyAnswer answer;
    char *reason; /* owned; for people */
} Verdict;

void verdict_clear(Verdict *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verdict, verdict_clear)

/* Goes down the rules; the first that fits decides. The result is to be cleared. */
Verdict policy_decide(const PolicyFacts *facts);

/* Whether mail to that route is a post: everyone, the committee or a TLD. */
bool policy_is_post(RouteKind route);

/* The name of the rule at a place, from 0, in the order in which they are tried; NULL after the
 * last. For tests. */
const char *policy_rule(size_t place);
