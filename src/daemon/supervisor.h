/* The supervisor: starts roles, starts again what ended, and ends them all together. It reads
 * nothing from outside but signals and the configuration. */
#pragma once

#include "daemon/role.h"

typedef struct Supervisor Supervisor;

/* What must be there for it; all borrowed. */
typedef struct {
    const char *config_file; /* read again at SIGHUP */
    const Config *config;
    const char *share;
    const Clock *clock;
} SupervisorOptions;

/* Takes the slots of the roles (const Role *, at least one), opens their listening sockets, and
 * blocks the signals that it waits for. Fails with ERR_EXISTS if one of the roles runs already.
 */
Supervisor *supervisor_new(const SupervisorOptions *options, const GArray *roles, GError **err);

/* Serves until SIGTERM or SIGINT; then the roles bring to an end what they hold, in bounded
 * time. Fails with ERR_TEMPORARY if one had to be killed, and with ERR_UNFIT if one ended for
 * what no restart mends. */
bool supervisor_run(Supervisor *supervisor, GError **err);

void supervisor_free(Supervisor *supervisor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Supervisor, supervisor_free)
