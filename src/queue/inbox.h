/* The inbox: mail that came by LMTP, one row for each recipient, from "waiting" to a decision.
 *
 * A row is claimed in a transaction of its own, which counts the attempt, so that a mail which
 * kills whoever reads it is found out. Everything that follows from it is one more transaction,
 * ended by inbox_decide. */
#pragma once

#include "queue/route.h"
#include "store/db.h"

typedef enum {
    INBOX_WAITING,
    INBOX_CLAIMED,
    INBOX_ACCEPTED,    /* posted */
    INBOX_HELD,        /* for a confirmation or the secretariat, see waits_for */
    INBOX_KEPT,        /* stored, to be looked at by people or by what comes later */
    INBOX_FORWARDED,   /* handed on to people */
    INBOX_CONFIRMED,   /* was the answer to a confirmation */
    INBOX_REFUSED,     /* will not be posted */
    INBOX_DROPPED,     /* needs no answer: duplicates, loops, automatic replies */
    INBOX_QUARANTINED, /* reading it failed again and again */
} InboxState;

/* As it is stored and shown: "waiting", ... */
const char *inbox_state_name(InboxState state);
bool inbox_state_parse(const char *name, InboxState *ret_state);

/* What LMTP hands over. Everything is borrowed. */
typedef struct {
    const char *envelope_from; /* canonical; "" for <> */
    bool is_utf8;              /* came with SMTPUTF8 */
    bool is_8bit;              /* came with BODY=8BITMIME */
    GBytes *data;              /* CRLF lines */
} InboxMail;

typedef struct {
    const char *address; /* canonical */
    RouteKind route;     /* not ROUTE_NONE */
    const char *detail;  /* of ROUTE_TLD: the A-label. NULL if none */
} InboxRecipient;

/* A row with its mail; strings are owned, NULL means none. */
typedef struct {
    int64_t id;
    int64_t mail_id;     /* the same for all recipients of a mail */
    int64_t received_at; /* seconds since 1970 UTC */
    char *envelope_from; /* canonical; "" for <> */
    bool is_utf8;
    bool is_8bit;
    int64_t size;    /* of the mail, in bytes */
    char *recipient; /* canonical */
    char *route_name;
    RouteKind route;
    char *detail; /* see Route; of ROUTE_TLD the A-label */
    char *state_name;
    InboxState state;
    char *claimed_by;  /* INBOX_CLAIMED: the owner */
    int64_t attempts;  /* claims that were not given back, a running one included */
    char *reason;      /* why it is in this state, for people */
    char *waits_for;   /* INBOX_HELD: "confirmation" or "secretariat" */
    char *sender;      /* From, canonical */
    int64_t person_id; /* of the sender; 0 if none */
    char *evidence;
    char *tlp;
    char *subject;
    char *header_id;    /* Message-ID without brackets */
    int64_t decided_at; /* 0 if not yet */
    char *decided_by;
    GBytes *data; /* the mail as it came; NULL in lists */
} InboxItem;

void inbox_item_free(InboxItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InboxItem, inbox_item_free)

/* Stores one mail for its recipients, in one transaction, and wakes the worker. What this
 * returned true for is on the disk. */
bool inbox_store(Db *db, const InboxMail *mail, const InboxRecipient *recipients,
                 size_t n_recipients, int64_t now, GError **err);

/* Takes the oldest row that is due, with its mail; *ret_item is NULL if there is none, or the
 * owner is taken for dead. Rows
 * that the store cannot give back any more are quarantined on the way. */
bool inbox_claim(Db *db, const char *owner, int64_t now, InboxItem **ret_item, GError **err);

/* When the next row that waits is due. *ret_due_at is -1 if none waits. What is due later than
 * any rest lasts was put off by a clock that has been set back since: it is due now. */
bool inbox_next_due(Db *db, int64_t now, int64_t *ret_due_at, GError **err);

/* Within the transaction of a decision, before anything else: fails with ERR_DENIED if a
 * claimed row is no longer with whom it was claimed for, since that worker was taken for dead
 * (queue/node.h) and another one has it or had it. */
bool inbox_check_claim(Db *db, const InboxItem *item, GError **err);

/* A claimed row could not be worked on now, through no fault of its own: the attempt does not
 * count, and the row waits for a while that grows with its age. A row that is with another
 * worker by now stays there. */
bool inbox_put_back(Db *db, const InboxItem *item, const char *reason, int64_t now,
                    GError **err);

/* The same, but the attempt counts: the row itself is under suspicion. */
bool inbox_put_back_suspect(Db *db, const InboxItem *item, const char *reason, int64_t now,
                            GError **err);

/* Gives back what an owner held when it died; called when that owner starts. Attempts stay
 * counted. */
bool inbox_release_claims(Db *db, const char *owner, int64_t *ret_count, GError **err);

/* What is written about a row. Everything is borrowed. */
typedef struct {
    InboxState state;
    const char *reason;    /* for people: without personal data of others */
    const char *waits_for; /* of INBOX_HELD only: "confirmation" or "secretariat" */
    /* NULL and 0 leave what is known. */
    const char *sender;
    int64_t person_id;
    const char *evidence;
    const char *tlp;
    const char *subject;
    const char *header_id;
    const char *decided_by; /* NULL: the program, by its rules */
} InboxDecision;

/* Within the caller's transaction. ERR_NOT_FOUND if there is no such row. */
bool inbox_decide(Db *db, int64_t id, const InboxDecision *decision, int64_t now, GError **err);

/* Puts a decided row back to be worked on once more, with a clean record of attempts, and wakes
 * the worker. decided_by says who let it go, NULL if it is only to be read again; evidence NULL
 * leaves what is known. Within the caller's transaction. ERR_NOT_FOUND if there is no such row.
 */
bool inbox_reopen(Db *db, int64_t id, const char *decided_by, const char *evidence,
                  const char *reason, int64_t now, GError **err);

/* Which rows: all conditions together. */
typedef struct {
    RouteKind route;   /* ROUTE_NONE: any */
    const char *state; /* a name of a state; NULL: any */
    int64_t before_id; /* rows with smaller ids only; 0: from the newest */
    int64_t limit;     /* of rows, at least 1 */
} InboxFilter;

/* Newest first, without the mails' bytes. */
GPtrArray *inbox_list(Db *db, const InboxFilter *filter, GError **err);

/* One row with its mail; ERR_NOT_FOUND if there is none. */
bool inbox_get(Db *db, int64_t id, InboxItem **ret_item, GError **err);
