/* Letters: the mails that Muster writes by itself about mail, each from a template of
 * share/mail, whose first line is "Subject: ...". They go out with an empty envelope sender, so
 * nothing can come back and start a loop (RFC 3834). */
#pragma once

#include <jansson.h>

#include "queue/outbox.h"
#include "queue/work.h"

/* Everything is borrowed, but for the data. */
typedef struct {
    const char *template; /* "post-held": share/mail/LANGUAGE/post-held.mustache */
    const char *language; /* BCP 47; NULL: English */
    OutboxKind kind;
    const char *from;        /* canonical address of ours, also for answers; the name is the
                              * community's */
    const char *to;          /* canonical address */
    const char *in_reply_to; /* a Message-ID without brackets; NULL if it answers none */
    bool is_reply;           /* the answer to a mail, not a thing of its own */
    json_t *data;            /* of the template, taken; "community" and "list" are added */
} Letter;

/* Writes a letter and puts it into the outbox, within the caller's transaction. Takes
 * letter->data, also on failure. A template that is broken fails with ERR_INVALID. */
bool letter_send(const Work *work, const Letter *letter, GError **err);

/* A letter that was written. */
typedef struct {
    int64_t message_id; /* in the outbox */
    char *header_id;    /* its Message-ID without brackets, by which answers are known */
} LetterSent;

void letter_sent_clear(LetterSent *sent);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LetterSent, letter_sent_clear)

/* The same; *ret_sent is to be cleared. */
bool letter_send_known(const Work *work, const Letter *letter, LetterSent *ret_sent,
                       GError **err);

/* Whether the letter with a Message-ID went to an address (canonical): who else names it has it
 * from somewhere else. */
bool letter_went_to(Db *db, const char *header_id, const char *address, bool *ret_went,
                    GError **err);

/* What a letter would say, and whether it can be written at all. Takes letter->data. */
bool letter_preview(const Work *work, const Letter *letter, char **ret_subject, char **ret_text,
                    GError **err);

/* A text that several letters have in common, share/mail/LANGUAGE/NAME.mustache, to be entered
 * into their data: templates do not include each other. It knows "community", "list", "request"
 * (the address) and "contacts" (how many a TLD may have), and comes without the line feed at
 * its end. NULL on failure, as of letter_send. */
char *letter_part(const Work *work, const char *language, const char *name, GError **err);

/* Whether there is a text of this name in that very language, rather than in English. */
bool letter_speaks(const Work *work, const char *language, const char *name);
