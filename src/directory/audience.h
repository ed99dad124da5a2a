/* Audiences: whom a post goes to. An audience is a kind and, for most kinds, a detail; a new
 * kind is one more row of the table in audience.c. */
#pragma once

#include "queue/outbox.h"

typedef struct AudienceKind AudienceKind;

typedef struct {
    const AudienceKind *kind;
    char *detail; /* the TLD's A-label, the region's code; NULL for kinds without one */
} Audience;

void audience_clear(Audience *audience);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Audience, audience_clear)

/* From a kind and a detail as people or addresses write them: "everyone" and NULL, "committee"
 * and NULL, "tld" and ".CA", "region" and "eu". ERR_INVALID with the reason if there is no such
 * audience; whether anybody is in it is another matter. */
bool audience_of(Db *db, const char *kind, const char *detail, Audience *ret_audience,
                 GError **err);

/* From one text: "everyone", "committee", "tld:ca", "region:AF". */
bool audience_parse(Db *db, const char *text, Audience *ret_audience, GError **err);

/* As it is stored: audience_parse reads it back. */
char *audience_format(const Audience *audience);

/* How many addresses get what is sent to it: each once, of each person those that are
 * delivered to. */
bool audience_count(Db *db, const Audience *audience, int64_t *ret_count, GError **err);

/* Puts a message into the outbox, with a copy to each of these addresses, within the caller's
 * transaction. The store does it in one statement, so that the memory it takes does not grow
 * with the audience. */
bool audience_send(Db *db, const Audience *audience, const OutboxMessage *message, int64_t now,
                   OutboxAdded *ret_added, GError **err);

/* Whether somebody belongs to it. */
bool audience_has(Db *db, const Audience *audience, int64_t person_id, bool *ret_has,
                  GError **err);
