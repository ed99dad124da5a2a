/* What changed from one roster to the next, by name (R121, R161). */
#pragma once

#include <jansson.h>

#include "directory/roster_line.h"

/* Texts (char *) for people; empty where nothing of the kind happened. */
typedef struct {
    GPtrArray *new_tlds;  /* ".ec": has contacts now and had none */
    GPtrArray *lost_tlds; /* ".xx": the other way round */
    GPtrArray *added;     /* ".ca  Jane Doe" */
    GPtrArray *removed;
    GPtrArray *changed; /* ".ca  Ann Lee: mobile number, rank 1 (was 2)" */
} RosterDiff;

void roster_diff_clear(RosterDiff *diff);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RosterDiff, roster_diff_clear)

/* Compares lines, each in order of TLD. *ret is to be cleared. */
void roster_diff(const GPtrArray *before, const GPtrArray *after, RosterDiff *ret);

/* Contacts added, removed and changed. */
int64_t roster_diff_count(const RosterDiff *diff);
