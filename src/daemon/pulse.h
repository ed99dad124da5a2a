/* The pulse of a role: its signs of life in the store, and its watch over the other nodes
 * (queue/node.h).
 *
 * A role that cannot reach the store for most of its lease no longer trusts that what it
 * has claimed is its own, well before anybody else takes it for dead. */
#pragma once

#include "daemon/role.h"

typedef struct Pulse Pulse;

/* All is borrowed. With watches it also takes others for dead. */
Pulse *pulse_new(const RoleContext *context, Db *db, bool watches);
void pulse_free(Pulse *pulse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pulse, pulse_free)

/* The first sign of life: takes the name of the role, and what a process that had it before
 * left claimed is given back. */
bool pulse_start(Pulse *pulse, GError **err);

/* Gives a sign of life and looks at the others, if it is time. *ret_was_lost is whether this
 * role was taken for dead since: nothing that it had claimed is its own. Fails only with what
 * the role must end for; a store that cannot be reached is asked again. */
bool pulse_work(Pulse *pulse, bool *ret_was_lost, GError **err);

/* When it is time again, see role_ticks_ms. */
int64_t pulse_due_ms(const Pulse *pulse);

/* Whether what was claimed is certainly ours still. */
bool pulse_is_trusted(const Pulse *pulse);

/* The last word of a role that ends as it was told to. */
void pulse_stop(Pulse *pulse);
