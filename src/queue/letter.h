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

/* A letter that was put into the outbox; to be cleared. */
typedef struct {
    int64_t message_id;
    char *header_id; /* its Message-ID without brackets: answers name it */
    char *subject;
} LetterSent;

void letter_sent_clear(LetterSent *sent);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LetterSent, letter_sent_clear)

/* Writes a letter and puts it into the outbox, within the caller's transaction. Takes
 * letter->data, also on failure. A template that is broken fails with ERR_INVALID. */
bool letter_send(const Work *work, const Letter *letter, GError **err);

/* The same, and tells what was sent. */
bool letter_send_noted(const Work *work, const Letter *letter, LetterSent *ret_sent,
                       GError **err);
