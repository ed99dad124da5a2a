/* What the store knows that the policy asks for. Reads only. */
#pragma once

#include "alert/policy.h"
#include "store/db.h"

/* A post, as far as another one can be its duplicate. Borrowed. */
typedef struct {
    const char *header_id; /* NULL: nothing is a duplicate of it */
    const char *sender;    /* canonical; NULL: the same */
    RouteKind route;
    const char *detail; /* NULL if none */
    int64_t but_id;     /* its own row; 0 if none */
} LookupPost;

bool lookup_seen(Db *db, const LookupPost *post, PolicySeen *ret_seen, GError **err);

/* The confirmation that a token stands for. */
typedef struct {
    PolicyToken token;
    int64_t confirmation_id; /* 0 if the token is unknown */
    int64_t inbox_id;        /* the post that waits for it; 0 if none does */
} LookupToken;

/* text is what stood in the address; NULL if nothing did. */
bool lookup_token(Db *db, const char *text, int64_t now, LookupToken *ret_token, GError **err);

/* Whether a person has so many posts waiting for a confirmation that one more would only flood
 * the mailbox of somebody whose address is being forged. */
bool lookup_is_asked_enough(Db *db, int64_t person_id, bool *ret_is, GError **err);
