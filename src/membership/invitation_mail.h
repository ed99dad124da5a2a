/* The mails of an invitation: what they say, and how many may go out. */
#pragma once

#include "directory/tld.h"
#include "queue/work.h"

/* The next mail to the authority of a TLD. Everything is borrowed. */
typedef struct {
    const Tld *tld;
    const char *language; /* BCP 47 */
    const char *address;  /* canonical */
    int64_t mails;        /* that went out before: 0 makes it the invitation */
    int64_t first_at;     /* when that went out; 0: it is this one */
} InvitationMail;

/* Puts it into the outbox, keeps its Message-ID, moves the invitation on, and writes the
 * journal row, all within the caller's transaction. The TLD has a row in invitation. A broken
 * template fails with ERR_INVALID. */
bool invitation_mail_send(const Work *work, const InvitationMail *mail, GError **err);

/* What it would say. */
bool invitation_mail_preview(const Work *work, const InvitationMail *mail, char **ret_subject,
                             char **ret_text, GError **err);

/* How many more mails may go out now, and, if none may, when there is room again; 0 if some
 * may. */
bool invitation_mail_room(Db *db, int64_t now, int64_t *ret_room, int64_t *ret_room_at,
                          GError **err);
