/* What a request is waiting for, from what it needs and what of that is met: a pure decision.
 *
 * First somebody who may has to allow it: one of its ways has to be met as a whole, in each
 * step by step. Then comes what is needed in any case, step by step, so that nobody is bothered
 * for a request that will not be allowed. */
#pragma once

#include "membership/request.h"

typedef enum {
    PLAN_WAITS,   /* for what is asked, or has to be asked */
    PLAN_READY,   /* all is met: it can take effect */
    PLAN_REFUSED, /* somebody said no */
    PLAN_EXPIRED, /* no way is left in which it could be allowed, for want of an answer */
} PlanVerdict;

typedef struct {
    PlanVerdict verdict;
    RequestState state; /* of PLAN_WAITS: what it is waiting for first */
    GPtrArray *due;     /* RequestNeed *, borrowed: those that are asked, or are to be */
} Plan;

void plan_clear(Plan *plan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plan, plan_clear)

/* needs are RequestNeed *. The result is to be cleared. */
Plan plan_of(const GPtrArray *needs);
