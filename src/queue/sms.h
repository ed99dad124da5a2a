/* Text messages on their way out: one row each, whose text is a secret and goes when the row
 * has come to its end.
 *
 * They are claimed and marked one by one, under the name of a courier (queue/node.h). Of one
 * that was claimed and not marked when something died, nobody knows whether the gateway took
 * it: it is sent again and counted as uncertain, since the same code twice does no harm, and
 * one that never arrives stops a request. The same holds when a gateway does not answer in
 * time. How many attempts there are in an hour is bounded over all couriers. */
#pragma once

#include "store/db.h"

/* What is to be sent. Everything is borrowed. */
typedef struct {
    const char *number; /* E.164, with its plus */
    const char *text;   /* UTF-8, at most SMS_TEXT_MAX bytes */
    int64_t expires_at; /* when it is of no use any more */
    int64_t person_id;  /* whose number it is; 0 if nobody's */
    const char *tld;    /* A-label, for the journal; NULL if it concerns none */
    const char *actor;  /* for the journal */
} SmsMessage;

/* Stores a message, due now, with a row in the journal. Within the caller's transaction, one of
 * db_begin; the courier wakes when it commits. Fails with ERR_INVALID (number, text),
 * ERR_LIMIT if there were per_hour ([sms] per-hour) within the last hour: then somebody has to
 * phone. */
bool sms_add(Db *db, const SmsMessage *message, int64_t per_hour, int64_t now, int64_t *ret_id,
             GError **err);

/* What is needed to send one. */
typedef struct {
    int64_t id;
    int64_t attempts; /* that were made before */
    int64_t expires_at;
    char *number;
    char *text;
} SmsClaim;

void sms_claim_free(SmsClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmsClaim, sms_claim_free)

/* Claims the one that is due first. *ret_claim is NULL if there is none, if there were per_hour
 * attempts within the last hour, or if the owner is taken for dead. */
bool sms_claim(Db *db, const char *owner, int64_t per_hour, int64_t now, SmsClaim **ret_claim,
               GError **err);

typedef enum {
    SMS_SENT,      /* the gateway took it */
    SMS_REFUSED,   /* it said no, and will say so again */
    SMS_DEFERRED,  /* not now: later again */
    SMS_UNCERTAIN, /* it was asked and gave no answer: later again, maybe for the second time */
} SmsOutcome;

/* As they are shown: "sent", "refused", "deferred", "uncertain". */
const char *sms_outcome_name(SmsOutcome outcome);

/* Marks how an attempt went. reply is printable and holds nothing of what was sent. Of a claim
 * that the owner has no more only "sent" is marked, and only if the row waits. One that cannot
 * be tried again in time has expired. */
bool sms_mark(Db *db, const char *owner, const SmsClaim *claim, SmsOutcome outcome,
              const char *reply, int64_t now, GError **err);

/* Brings what waits to its end if its time is over or it was tried often enough. */
bool sms_expire(Db *db, int64_t now, int64_t *ret_count, GError **err);

/* When there will be something to send or to expire; -1 if nothing waits. per_hour is 0 if
 * nothing can be sent. */
bool sms_next(Db *db, int64_t per_hour, int64_t now, int64_t *ret_at, GError **err);

/* Gives back what an owner held when it died, due at once and counted as uncertain. */
bool sms_release_claims(Db *db, const char *owner, int64_t now, int64_t *ret_count,
                        GError **err);

/* Seconds to wait after so many attempts (at least 1). */
int64_t sms_retry_gap(int64_t attempts);

/* A message to show. */
typedef struct {
    int64_t id;
    char *number; /* shortened */
    char *state;  /* "waiting", "claimed", "sent", "refused", "expired", "cancelled" */
    int64_t attempts;
    int64_t uncertain; /* attempts of which nobody knows whether they came to something */
    int64_t created_at;
    int64_t due_at;
    int64_t expires_at;
    int64_t finished_at; /* 0 if not yet */
    char *reply;         /* NULL if none yet */
} SmsRow;

void sms_row_free(SmsRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmsRow, sms_row_free)

/* Oldest first, with ids over after_id. state NULL: those that are not at their end. */
GPtrArray *sms_list(Db *db, const char *state, int64_t after_id, int64_t limit, GError **err);

/* Fails with ERR_NOT_FOUND. */
bool sms_get(Db *db, int64_t id, SmsRow **ret_row, GError **err);

/* Takes one that waits out of the queue, because its code is of no use any more; one that is on
 * its way or at its end stays as it is. Within the caller's transaction. */
bool sms_cancel(Db *db, int64_t id, int64_t now, bool *ret_is_cancelled, GError **err);
