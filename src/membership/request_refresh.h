/* Bringing the needs of a request up to date before its next step: what has run out of time,
 * what the committee has decided, whose address IANA has changed, who has said yes already. */
#pragma once

#include "membership/request.h"

/* Why a request rests by itself until the secretariat has seen what IANA changed. */
#define REQUEST_PARKED_AUTHORITY "IANA changed who speaks for this TLD: look at it first"

/* Stores in each of needs (RequestNeed *, all of the request) what has become of it by now, and
 * parks the request (in the struct; the caller stores it) where people have to look first. What
 * is parked runs out of no time. Within the caller's transaction. */
bool request_refresh(const Work *work, Request *request, const GPtrArray *needs, GError **err);

/* Whoever has said yes once, in one of the ways, is not asked for the same once more. */
bool request_refresh_twins(const Work *work, const GPtrArray *needs, GError **err);

/* Lets a parked request go on (the caller stores it): whoever was asked has as much time left
 * as when it was parked, since nobody's silence counts while it rests. needs (RequestNeed *,
 * all of the request) are brought up to date as the store is; NULL if the caller holds none. */
bool request_resume(const Work *work, Request *request, const GPtrArray *needs, GError **err);

/* Parks a request for people, with the reason: in the struct, and in its story. */
bool request_hold(const Work *work, Request *request, const char *why, GError **err);
