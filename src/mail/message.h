/* Messages: what Muster wants to know about one mail, as a plain value. The bytes of a mail are
 * hostile; message_read() is called in the parser child only (mail/parser.h), and what it found
 * comes to the worker as JSON, which is checked again there.
 *
 * All strings are owned by their struct, are UTF-8, and hold only characters that pass
 * message_is_clean(), but the texts hold line feeds and tabs too. None of them is longer than
 * MESSAGE_VALUE_MAX bytes (text and attached: MESSAGE_TEXT_MAX), no array has more than
 * MESSAGE_VALUES_MAX elements: what is longer is cut, with a notice. NULL means "none". */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* An address as a person wrote it into a field (RFC 5322 3.4). */
typedef struct {
    char *name;    /* display name, NULL if none */
    char *address; /* canonical, see base/address.h; NULL if it is no address we accept */
    char *raw;     /* the address as written, to show to people; never NULL */
} Mailbox;

/* One recipient of a delivery report (RFC 3464 2.3). Addresses, MTA and diagnostic stand
 * without their type ("rfc822;"). */
typedef struct {
    char *final_recipient;
    char *original_recipient;
    char *action; /* lower case: "failed", "delayed", "delivered", "relayed", "expanded" */
    char *status; /* "5.1.1" (RFC 3463), without comment; NULL if it is no such code */
    char *diagnostic;
    char *remote_mta;
} MessageReport;

typedef struct {
    GPtrArray *from;       /* Mailbox*, of all From fields, members of groups too */
    int64_t from_fields;   /* number of From fields: RFC 5322 wants exactly 1 */
    GPtrArray *reply_to;   /* Mailbox* */
    GPtrArray *recipients; /* Mailbox*, of To and Cc, members of groups too */
    char *subject;         /* decoded, one line */
    char *message_id;      /* ids stand without their angle brackets */
    char *in_reply_to;
    GPtrArray *references; /* char*, oldest first */

    char *auto_submitted; /* keyword of Auto-Submitted, lower case (RFC 3834 5) */
    char *automatic;      /* why it counts as made by a machine: "Precedence: bulk" */
    GPtrArray *list_ids;  /* char*: what stands in the angle brackets of List-Id (RFC 2919) */
    int64_t received_fields;

    char *content_type; /* of the whole: "multipart/report", never NULL */
    char *report_type;  /* its report-type: "delivery-status" (RFC 6522) */
    int64_t parts;      /* leaves and containers, the outermost included */
    char *text;         /* first readable text (plain, or HTML reduced to text); "" if none */
    char *attached; /* first readable text in what is attached, messages included; "" if none */
    bool is_empty;  /* no text, and no other part that holds anything */

    /* Of a bounce: what it says about recipients, and about the mail that came back. */
    GPtrArray *reports;           /* MessageReport* */
    GPtrArray *failed_recipients; /* char*: X-Failed-Recipients, as some MTAs write it */
    char *returned_message_id;
    char *returned_to; /* To of the returned mail, as written */

    GPtrArray *notices; /* char*: oddities found, for people: "two From fields" */
} Message;

/* An empty message: arrays empty, strings NULL, but text "" and content_type "text/plain". */
Message *message_new(void);
void message_free(Message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

/* Who wrote it: borrowed; NULL unless it has one From field with one address of use. */
const Mailbox *message_author(const Message *message);

void mailbox_free(Mailbox *mailbox);
void message_report_free(MessageReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mailbox, mailbox_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MessageReport, message_report_free)

/* Whether a character may stand in a string of a message: no control character, line separator
 * or bidi control (which would let a name show itself backwards). */
bool message_is_clean(gunichar c);

/* Loads what message_read() and message_to_json() would load when first called, so that a
 * sandbox can be closed before; all but character sets (mail/charset.h). */
void message_prepare(void);

/* Reads one mail (RFC 5322 and MIME). To be called in the parser child, tests and fuzzers only.
 * Returns NULL with ERR_INVALID if the mail goes over a limit that mail/census.h guards; any
 * other mail, however broken, is read as far as it can be, with notices. */
Message *message_read(GBytes *mail, GError **err);

/* What the parser child answers, and back. message_from_json trusts nothing: ERR_INVALID if the
 * text is not exactly what message_to_json may write, limits and characters included. */
char *message_to_json(const Message *message);
Message *message_from_json(const char *json, size_t size, GError **err);
