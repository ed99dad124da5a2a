/* Asking IANA about TLDs, one after the other, and putting on file what it says. No transaction
 * is open while a server is waited for. */
#pragma once

#include "base/clock.h"
#include "membership/authority.h"

/* One TLD is done with; all borrowed. */
typedef struct {
    const char *tld;
    size_t place; /* 1 for the first */
    size_t count; /* of TLDs to ask about */
    const AuthorityTaken *taken;
} SyncStep;

/* What a run works with; all borrowed. */
typedef struct {
    Db *db;
    const Config *config;
    const Clock *clock;
    const char *actor; /* for the journal: "cli:USER", "worker" */
    int stop;          /* descriptor that becomes readable when it shall end; -1: none */
    void (*report)(void *data, const SyncStep *step); /* called after each TLD */
    void *data;
} SyncContext;

/* Asks about some TLDs (A-labels, char *), at [iana] per-minute. A source that is silent
 * IANA_SILENT_MAX times in a row is left alone; when both are, or when told to stop, it ends
 * with ERR_TEMPORARY. What was done by then stays done. */
bool authority_sync(const SyncContext *context, const GPtrArray *tlds, GError **err);

/* Asks about all TLDs, or those whose second look is due, as the one run that there may be
 * (authority_run.h). ERR_EXISTS if another one is at it. */
bool authority_sync_run(const SyncContext *context, bool is_whole, GError **err);
