/* Setting down what a request needs by the policy (request_policy.h): which yes, of whom. */
#pragma once

#include "membership/request_check.h"

/* Of a request that is complete; its rule is set. Within the caller's transaction, as below. */
bool request_require(const Work *work, Request *request, const GPtrArray *contacts,
                     const RequestCheck *check, GError **err);

/* What has to be met beside because of how the directory is by now: added to what was needed
 * before (RequestNeed *), unless it is there. *ret_is_more is whether anything was. */
bool request_require_more(const Work *work, const Request *request, const GPtrArray *contacts,
                          const RequestCheck *check, const GPtrArray *before, bool *ret_is_more,
                          GError **err);
