/* The secretariat's desk: all that waits for somebody, in one place, and the daily summary of
 * it. */
#pragma once

#include "queue/work.h"

/* One thing that waits. Strings are owned by the struct. */
typedef struct {
    char *kind;   /* "request", "mail", "decision", "authority" */
    char *number; /* "REQ-142", "17", "DEC-3", ".ca" */
    char *what;   /* for people */
    int64_t since;
    char *next; /* the command for the next step: "muster request show 142" */
} DeskEntry;

void desk_entry_free(DeskEntry *entry);

/* The DeskEntries, what has waited longest first; DESK_ENTRIES_MAX at most of each kind. With
 * only_ours, what waits for the secretariat alone: not requests and questions that wait for
 * others, but codes, if it has to phone for them because config has no gateway. */
GPtrArray *desk_read(Db *db, const Config *config, bool only_ours, GError **err);

/* Sends the secretariat a summary once a day, from the configured hour on, if anything waits;
 * and the committee one of what was overridden since the last. *ret_next_at is when to call it
 * again. */
bool desk_summarise(const Work *work, int64_t *ret_next_at, GError **err);
