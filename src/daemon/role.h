/* Roles: what `muster serve` runs, each in a process of its own. Roles never talk to each
 * other; all that passes between them is rows in the store. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/config.h"
#include "store/db.h"

/* What a role gets; all borrowed. */
typedef struct {
    const Config *config;
    const Clock *clock;
    const char *share; /* see paths_share */
    const GArray
        *listeners;    /* int, sockets of [lmtp] listen; NULL if the role does not listen */
    const char *name;  /* of the role; set in its process */
    const char *owner; /* its name in the store, borne by no other process: daemon/slot.h */
    int stop;          /* descriptor that becomes readable when the role shall end */
} RoleContext;

typedef struct {
    const char *name;
    bool listens;
    bool starts_programs; /* the parser child */
    bool sends_texts;     /* which takes a program too, if there is a gateway */
    /* Works until it is told to stop, and then brings to an end what it holds; true if so. */
    bool (*run)(const RoleContext *context, GError **err);
} Role;

/* Borrowed; NULL after the last. */
const Role *role_at(size_t place);
/* NULL if there is no such role. */
const Role *role_find(const char *name);

/* Starts a role in a child process that dies with us, whatever happens, and that has no way to
 * gain privileges. context->stop is set there. Descriptors of close_fds (int) are closed in it.
 * Fails with ERR_TEMPORARY. */
bool role_start(const Role *role, const RoleContext *context, const GArray *close_fds,
                pid_t *ret_pid, GError **err);

/* Opens the store of the configuration, if it has this program's version. */
bool role_open_store(const Config *config, Db **ret_db, GError **err);

/* The same for a role, which waits for a store that cannot be reached now; *ret_db is NULL if
 * it was told to stop meanwhile. */
bool role_wait_for_store(const RoleContext *context, Db **ret_db, GError **err);

/* Whether the store may be fine again in a while. */
bool role_may_pass(const GError *failure);

/* Says in the log why the store is waited for: aloud only if *told, what was said so before, is
 * something else (NULL: nothing). *told is owned by the caller. */
void role_tell_wait(char **told, const GError *failure);

/* Opens the log under a name, with the level of the configuration. */
void role_open_log(const char *name, const Config *config);

/* A store that is missing or of another version is an error at once, and not a role that ends
 * again and again. A server that cannot be reached is no error: the roles wait for it. */
bool role_check_store(const Config *config, GError **err);

/* Whether a role has been told to stop. */
bool role_must_stop(const RoleContext *context);

/* Monotonic milliseconds, for time-outs: the clock of the configuration may stand still. */
int64_t role_ticks_ms(void);

bool role_lmtp_run(const RoleContext *context, GError **err);
bool role_worker_run(const RoleContext *context, GError **err);
bool role_courier_run(const RoleContext *context, GError **err);
