/* Runs: asking IANA about many TLDs, one run at a time in the whole store, whoever starts it. A
 * run gives signs of life; one that gives none for IANA_LEASE_S is taken for dead. */
#pragma once

#include "base/config.h"
#include "store/db.h"

/* How it stands with the runs. A plain value; strings are owned by the struct. Times are 0
 * where there is none. */
typedef struct {
    char *owner; /* who is at it; NULL: nobody */
    int64_t alive_at;
    int64_t done_at;   /* when one about all TLDs came to its end */
    int64_t failed_at; /* when one came to nothing, since then */
    char *failure;     /* why */
} AuthorityRun;

void authority_run_free(AuthorityRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthorityRun, authority_run_free)

bool authority_run_read(Db *db, AuthorityRun **ret_run, GError **err);

/* Whether the worker has tried for a day longer than it should take, or ever since, and failed.
 */
bool authority_run_is_overdue(const AuthorityRun *run, const Config *config, int64_t now);

/* Begins a run under a name that no other process bears. Fails with ERR_EXISTS, naming who is
 * at it, if another one runs. */
bool authority_run_begin(Db *db, const char *owner, int64_t now, GError **err);

/* A sign of life. Fails with ERR_DENIED if the run was taken for dead and another one began. */
bool authority_run_go_on(Db *db, const char *owner, int64_t now, GError **err);

/* Ends it; failure is NULL if it came to its end. is_whole: it asked about all TLDs, so that
 * the next one of that kind is due [iana] sync-days later. */
bool authority_run_end(Db *db, const char *owner, bool is_whole, const char *failure,
                       int64_t now, GError **err);

/* When the next run falls due by itself, which may be long ago; -1: never. *ret_is_whole tells
 * whether it is about all TLDs, or only about those that need a second look. */
bool authority_run_due(Db *db, const Config *config, int64_t now, int64_t *ret_due_at,
                       bool *ret_is_whole, GError **err);

/* The A-labels (char *) of the TLDs to ask about: all, those that were not asked for longest
 * first; or those whose second look is due. */
GPtrArray *authority_run_tlds(Db *db, bool is_whole, int64_t now, GError **err);
