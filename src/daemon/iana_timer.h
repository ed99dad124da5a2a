/* The worker's weekly look at IANA. Servers may keep one waiting, and mail must not wait with
 * it: so a child of the worker asks them, this program started anew with a connection to the
 * store of its own. However many workers there are, one run is at work at a time
 * (authority_run.h). */
#pragma once

#include "base/child.h"
#include "daemon/role.h"

/* The first argument of the program that makes it such a child; the second is the
 * configuration. */
#define IANA_ARGUMENT "ask-iana"

/* All zero at first. */
typedef struct {
    Child child;
    int64_t not_before; /* after a start, until it has gone well: one that fails must not be
                         * started again and again, whatever the reason */
} IanaTimer;

/* Starts a run if one is due, and looks after the one that is at work. *ret_next_at is when to
 * come again, -1 for whenever there is time. */
bool iana_timer_run(IanaTimer *timer, const Config *config, Db *db, int64_t now,
                    int64_t *ret_next_at, GError **err);

/* Breaks off what is at work: each TLD is a transaction, so nothing is half done. */
void iana_timer_stop(IanaTimer *timer);

/* What main() does when its first argument is IANA_ARGUMENT. Ends the process. */
_Noreturn void iana_child_main(const char *config_file);
