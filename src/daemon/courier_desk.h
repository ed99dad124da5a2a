/* What a courier holds: deliveries that it has claimed, the messages they are copies of, and
 * the results that the store does not know yet. No sockets here.
 *
 * A delivery is waiting (to be handed to a connection), flying (handed out), or settled (it has
 * a result, not marked yet). Of what a killed courier held, the flying and settled ones may go
 * out twice. */
#pragma once

#include "mail/smtp.h"
#include "store/db.h"

#define COURIER_HELD_MAX 1000 /* waiting and flying: some 40 ms of work at full speed */
#define COURIER_AHEAD_MAX                                                                      \
    2000 /* the same where a turn is long: enough to go on with meanwhile */
#define COURIER_FIRST_MAX 100 /* of the first that an idle courier claims, to begin at once */

typedef struct CourierDesk CourierDesk;

/* What all of its life stays the same; borrowed. */
typedef struct {
    Db *db;
    size_t held_max;       /* waiting and flying */
    const char *owner;     /* see queue/outbox.h */
    const char *list;      /* address of the list, for envelope senders */
    const uint8_t *secret; /* SECRET_SIZE bytes, for their tags */
    size_t memory_max;     /* bytes of messages to hold; a single one may be larger */
} CourierDeskOptions;

CourierDesk *courier_desk_new(const CourierDeskOptions *options);
void courier_desk_free(CourierDesk *desk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CourierDesk, courier_desk_free)

/* Marks what is settled and claims up to the bound, in one transaction; with may_claim false it
 * only marks. *ret_has_more is whether there may be more to claim. On failure all stays as it
 * was here; if it took effect in the store all the same, the next turn finds that out.
 *
 * While a server works on it (db_meanwhile), what follows here may be called, but that all that
 * waits is forgotten; what waits is given out as far as its message is at hand. */
bool courier_desk_turn(CourierDesk *desk, bool may_claim, int64_t now, bool *ret_has_more,
                       GError **err);

size_t courier_desk_waiting(const CourierDesk *desk);
size_t courier_desk_flying(const CourierDesk *desk);
size_t courier_desk_settled(const CourierDesk *desk);

/* The next waiting delivery, which flies from then on. ret_job is borrowed until the next call;
 * *ret_has_job is false if there is none, or none for now because of memory_max. */
bool courier_desk_next(CourierDesk *desk, SmtpJob *ret_job, bool *ret_has_job, GError **err);

/* A flying delivery has come to a result. */
void courier_desk_settle(CourierDesk *desk, const SmtpResult *result);

/* A flying delivery was not begun: it waits again, before the others. */
void courier_desk_take_back(CourierDesk *desk, int64_t id);

/* All that waits goes back to the store untried; reason is shown to people, NULL if there is
 * none to show. */
void courier_desk_give_up(CourierDesk *desk, const char *reason);

/* All that waits is forgotten, as it is no longer ours. */
void courier_desk_forget(CourierDesk *desk);

/* How it went since the last call, to be logged. */
typedef struct {
    unsigned sent;
    unsigned refused;
    unsigned deferred;
    unsigned uncertain;
} CourierTally;

CourierTally courier_desk_tally(CourierDesk *desk);
