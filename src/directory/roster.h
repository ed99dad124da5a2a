/* The roster: the mail with the whole directory that goes to everyone on its days (R108). */
#pragma once

#include <jansson.h>

#include "directory/roster_diff.h"
#include "directory/roster_line.h"
#include "queue/work.h"

/* A roster as it stands now; to be cleared. */
typedef struct {
    GPtrArray *lines; /* RosterLine */
    RosterDiff diff;  /* to the one before; all of it is empty in the first one */
    char *subject;
    char *text; /* UTF-8, lines end in LF. Has left-to-right marks, see roster_format.c */
    int64_t people;
    int64_t tlds;
    int64_t changes;
    int64_t damaged; /* lines that say that something in them is missing or wrong */
} Roster;

void roster_clear(Roster *roster);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Roster, roster_clear)

/* Builds the roster. One contact's damaged data is shown as such and stops nothing; a template
 * that is broken does, with ERR_INVALID. ERR_LIMIT if it had more than ROSTER_LINES_MAX lines.
 */
bool roster_build(const Work *work, Roster *ret_roster, GError **err);

/* A roster that went out. Strings are owned by the struct. */
typedef struct {
    int64_t id;
    char *due_on; /* "2026-11-15"; NULL if it was sent by hand */
    int64_t sent_at;
    int64_t contacts; /* lines */
    int64_t tlds;
    int64_t changes;
    int64_t message_id;
    int64_t copies;
} RosterSent;

void roster_sent_free(RosterSent *sent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RosterSent, roster_sent_free)

/* Sends the roster to everyone now, by hand (R111). ERR_NOT_FOUND if there is nobody. */
bool roster_send(const Work *work, RosterSent **ret_sent, GError **err);

/* The RosterSent, latest first. */
GPtrArray *roster_history(Db *db, int64_t limit, GError **err);

/* When a roster was due that has not gone out; *ret_due_at is 0 if there is none. */
bool roster_overdue(const Work *work, int64_t *ret_due_at, GError **err);

/* Sends the roster if a day on which it was due has come since the last one: one, however many
 * days were missed. A community that was just made waits for its first day. *ret_next_at is
 * when to call it again; -1 if the configuration has no days. */
bool roster_run(const Work *work, int64_t *ret_next_at, GError **err);
