/* The outbox: messages, each stored once, and one delivery row for each copy.
 *
 * A courier claims deliveries under a name that no other process uses at the same time, and
 * marks how they went in the same transaction that claims the next ones. So what a courier
 * holds when it dies is what it has claimed and not marked: those copies may go out twice, and
 * their row says so (uncertain). A courier that is taken for dead (queue/node.h) loses its
 * claims; what it has to say of them later counts only where it does no harm. */
#pragma once

#include "store/db.h"

typedef enum {
    OUTBOX_POST,
    OUTBOX_ROSTER,
    OUTBOX_CONFIRMATION,
    OUTBOX_NOTICE,
    OUTBOX_FORWARD,
} OutboxKind;

/* As it is stored and shown: "post", ... */
const char *outbox_kind_name(OutboxKind kind);

/* A message to be sent. Everything is borrowed. */
typedef struct {
    OutboxKind kind;
    bool bounces; /* false: the envelope sender is <>, so nothing comes back */
    bool is_utf8; /* the header is UTF-8 (RFC 6532), so SMTPUTF8 is needed */
    bool is_8bit; /* the body is 8-bit, so 8BITMIME is needed */
    const char
        *header_id; /* of a letter, its Message-ID without brackets; NULL if not to be known */
    const char *subject; /* for people who look at the queue; NULL if none */
    GBytes *data;        /* CRLF lines, ends in CRLF, dots not doubled */
} OutboxMessage;

/* Stores a message with one delivery, due now, for each address (char *, canonical, no
 * duplicates). Within the caller's transaction; the courier wakes when it commits. */
bool outbox_add(Db *db, const OutboxMessage *message, const GPtrArray *addresses, int64_t now,
                int64_t *ret_message_id, GError **err);

/* A message that was stored. */
typedef struct {
    int64_t message_id;
    int64_t copies;
} OutboxAdded;

/* The same for addresses that the store has, however many. select is SQL that gives them, from
 * behind the word SELECT: "address FROM ... ORDER BY ..."; in it $3 is detail, unless that is
 * NULL. */
bool outbox_add_selected(Db *db, const OutboxMessage *message, const char *select,
                         const char *detail, int64_t now, OutboxAdded *ret_added, GError **err);

/* What a courier needs to know of a claimed delivery. */
typedef struct {
    int64_t id;
    int64_t message_id;
    int64_t attempts; /* that were made before */
    char *address;
} OutboxClaim;

void outbox_claim_free(OutboxClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxClaim, outbox_claim_free)

/* A stored message, for the courier. */
typedef struct {
    int64_t id;
    bool bounces;
    bool is_utf8;
    bool is_8bit;
    int64_t created_at;
    GBytes *data;
} OutboxContent;

void outbox_content_free(OutboxContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxContent, outbox_content_free)

bool outbox_content_get(Db *db, int64_t message_id, OutboxContent **ret_content, GError **err);

typedef enum {
    OUTBOX_SENT,      /* the relay took it: 2xx after the last dot */
    OUTBOX_REFUSED,   /* 5xx: will not get better */
    OUTBOX_DEFERRED,  /* 4xx: later again */
    OUTBOX_LOST,      /* the connection broke before the last dot: again, and soon */
    OUTBOX_UNCERTAIN, /* the last dot went out and no answer came: again, and soon, maybe twice
                       */
    OUTBOX_UNTRIED,   /* given back as it was claimed */
} OutboxOutcome;

typedef struct {
    int64_t id;         /* of the delivery */
    int64_t attempts;   /* as claimed */
    int64_t created_at; /* of the message: it is given up OUTBOX_LIFETIME_S later */
    OutboxOutcome outcome;
    char *reply; /* the relay's last answer, printable; NULL if there was none */
} OutboxResult;

void outbox_result_free(OutboxResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxResult, outbox_result_free)

/* Marks results (OutboxResult *) and claims up to limit deliveries that are due, in one
 * transaction. Of a row that is no longer with the owner only "sent" is marked, and only if it
 * waits: that spares its reader a second copy. An owner that is taken for dead claims nothing
 * before its next sign of life. *ret_claims is an array of OutboxClaim *, in the order in which
 * they fell due; may be NULL with a limit of 0. */
bool outbox_turn(Db *db, const char *owner, const GPtrArray *results, int64_t limit,
                 int64_t now, GPtrArray **ret_claims, GError **err);

/* The OutboxClaim that are the owner's by the store, in order of their ids: after a transaction
 * of which nobody knows whether it took effect. */
GPtrArray *outbox_held(Db *db, const char *owner, GError **err);

/* When the next delivery is due. *ret_due_at is -1 if none waits. What is due later than any
 * gap lasts was put off by a clock that has been set back since: it is due now. */
bool outbox_next_due(Db *db, int64_t now, int64_t *ret_due_at, GError **err);

/* Gives back what an owner held when it died, due at once and counted as uncertain; called when
 * that owner starts. */
bool outbox_release_claims(Db *db, const char *owner, int64_t now, int64_t *ret_count,
                           GError **err);

/* A delivery to show. */
typedef struct {
    int64_t id;
    int64_t message_id;
    char *kind;    /* of the message */
    char *subject; /* NULL if none */
    char *address;
    char *state; /* "waiting", "claimed", "sent", "refused", "expired", "cancelled" */
    int64_t attempts;
    int64_t uncertain; /* attempts after which it may have arrived without our knowing */
    int64_t created_at;
    int64_t due_at;
    int64_t finished_at; /* 0 if not yet */
    char *reply;         /* NULL if none yet */
} OutboxDelivery;

void outbox_delivery_free(OutboxDelivery *delivery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxDelivery, outbox_delivery_free)

/* Which deliveries: all conditions together. */
typedef struct {
    int64_t id;          /* 0: any */
    int64_t message_id;  /* 0: any */
    const char *address; /* canonical; NULL: any */
    const char *state;   /* NULL: any that is not at its end: waiting or claimed */
} OutboxFilter;

/* Oldest first, with ids over after_id. */
GPtrArray *outbox_list(Db *db, const OutboxFilter *filter, int64_t after_id, int64_t limit,
                       GError **err);

/* Makes deliveries due now: waiting ones, or those of the state that the filter names (refused,
 * expired, cancelled). One that has outlived OUTBOX_LIFETIME_S is tried once more. What was
 * done to how many stands in the journal. */
bool outbox_retry(Db *db, const OutboxFilter *filter, const char *actor, int64_t now,
                  int64_t *ret_count, GError **err);

/* Takes waiting deliveries out of the queue, with a row in the journal. What a courier has
 * claimed is on its way. */
bool outbox_cancel(Db *db, const OutboxFilter *filter, const char *actor, int64_t now,
                   int64_t *ret_count, GError **err);

/* How the copies of a message, or of all if message_id is 0, stand. */
typedef struct {
    int64_t waiting; /* claimed ones included */
    int64_t sent;
    int64_t refused;
    int64_t expired;
    int64_t cancelled;
    int64_t uncertain; /* deliveries that may have arrived more than once */
    int64_t first_sent_at;
    int64_t last_sent_at;
} OutboxCounts;

bool outbox_count(Db *db, int64_t message_id, OutboxCounts *ret_counts, GError **err);
