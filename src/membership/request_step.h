/* How a request goes on: what falls due is done, what has to be asked is asked, and when all
 * is met it takes effect. Every step is one transaction that starts from what is stored, so it
 * does not matter who calls it, how often, or what died in between. */
#pragma once

#include "membership/request.h"

/* Takes the request as far as it goes by itself now. What the directory refuses parks the
 * request for people, with the reason. */
bool request_settle(const Work *work, int64_t number, GError **err);

/* Lets the secretariat end one: REQUEST_REFUSED, REQUEST_WITHDRAWN. Who takes part is told.
 * Within the caller's transaction. */
bool request_end(const Work *work, Request *request, RequestState state, const char *reason,
                 GError **err);

/* Takes all requests on for which something is due, and parks those whose authority has
 * changed at IANA; *ret_next_at is when to call it again, -1 if nothing will fall due by
 * itself. */
bool request_due(const Work *work, int64_t *ret_next_at, GError **err);
