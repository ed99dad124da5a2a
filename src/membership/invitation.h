/* Invitations: the administrative contact of a TLD at IANA is asked to name the TLD's contacts,
 * and reminded by a table of days, until the TLD has joined, a person stops it, or all
 * reminders have gone out and it rests.
 *
 * Mail goes only to an address that IANA publishes and that is believed (authority_address). A
 * reminder for which there is none waits until there is one again. At most INVITATIONS_PER_HOUR
 * mails go out in an hour, whoever sends them; what is over waits and the worker sends it. */
#pragma once

#include "directory/tld.h"
#include "membership/invitation_schedule.h"
#include "queue/work.h"

/* One TLD's, as it is stored. A plain value; strings are owned by the struct. */
typedef struct {
    char *tld;
    char *u_label;    /* for people */
    char *state;      /* "waiting": for its first mail, "invited": reminders follow, "rested":
                       * no more do, "stopped", "joined" */
    char *language;   /* BCP 47 */
    int64_t asked_at; /* when a person said that it should be invited, or stopped it */
    char *asked_by;   /* who that was, as in the journal */
    int64_t mails;    /* that went out: the invitation, then its reminders */
    int64_t first_at; /* when they did; 0: none has */
    int64_t last_at;
    int64_t due_at; /* of the next one; 0: none follows */
    char *held;     /* why that does not go out although it was due; NULL: it does */
    char *reason;   /* why it was stopped; NULL if it was not */
    char *address;  /* where the last mail went; NULL: nowhere yet */
    char *delivery; /* how its copy stands: "waiting", "sent", "refused" ... */
} Invitation;

void invitation_free(Invitation *invitation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Invitation, invitation_free)

/* By the TLD's A-label. *ret_invitation is NULL if nobody ever asked for one. */
bool invitation_find(Db *db, const char *tld, Invitation **ret_invitation, GError **err);

/* The Invitations in a state, or all (state NULL), by their TLDs, ASCII first. */
GPtrArray *invitation_list(Db *db, const char *state, GError **err);

/* Whether there is such a state. */
bool invitation_is_state(const char *name);

/* Which TLD an invitation or reminder was about, by its Message-ID without brackets, so that an
 * answer to it (In-Reply-To, References) is known. *ret_tld is NULL if it was none of ours. */
bool invitation_of_mail(Db *db, const char *header_id, char **ret_tld, GError **err);

/* What to do, and what came of it */

typedef struct {
    const char *language; /* BCP 47: there must be an invitation in it */
    bool is_named;        /* a person named the TLD, so one that rests is invited anew */
    bool is_dry_run;      /* nothing is written, but all is looked at that can go wrong */
    unsigned would_send;  /* in a dry run: those before this one that take room in the hour */
} InviteHow;

typedef enum {
    INVITE_SENT,    /* it went out, or would */
    INVITE_PLANNED, /* it waits for its turn */
    INVITE_SKIPPED,
} InviteOutcome;

typedef struct {
    InviteOutcome outcome;
    char *address; /* where it goes; NULL if it was skipped */
    char *why;     /* why it was skipped; NULL if it was not */
    char *subject; /* what it says, if it was a dry run and not skipped */
    char *text;
} Invited;

void invited_clear(Invited *invited);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Invited, invited_clear)

/* Fails with ERR_INVALID unless there is an invitation in that language. */
bool invitation_check_language(const Work *work, const char *language, GError **err);

/* Invites one TLD, in one transaction with the mail and the journal row. A TLD that has joined,
 * is invited, was stopped, or has no address to use is skipped. A broken template fails with
 * ERR_INVALID, and nothing has happened. *ret_invited is to be cleared. */
bool invitation_invite(const Work *work, const Tld *tld, const InviteHow *how,
                       Invited *ret_invited, GError **err);

/* No mail goes to the authority of this TLD any more, or none ever. The reason is a person's
 * words, ERR_INVALID if it is empty or too long; ERR_EXISTS if it was stopped before or has
 * joined. */
bool invitation_stop(const Work *work, const Tld *tld, const char *reason, GError **err);

/* Lets one that was stopped go on where it was; what was missed meanwhile is not made up for.
 * One that had no mail yet is as if nobody had asked. ERR_NOT_FOUND if it was not stopped. */
bool invitation_resume(const Work *work, const Tld *tld, GError **err);

/* Sends what is due, and notes who has joined; *ret_next_at is when more will be due, -1 if
 * nothing will be. */
bool invitation_due(const Work *work, int64_t *ret_next_at, GError **err);
