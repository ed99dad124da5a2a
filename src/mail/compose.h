/* The mails that Muster itself writes: a header and a text body, as they go on the wire. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;    /* UTF-8, NULL or empty if none */
    const char *address; /* canonical, see base/address.h */
} ComposeMailbox;

typedef struct {
    const char *name;
    const char *value; /* ASCII, as it shall stand in the field (mail/encode.h helps) */
} ComposeField;

/* What a mail says. Everything is borrowed; what is NULL or 0 is left out unless it says
 * "needed". Names, subject and text are UTF-8 and may come from outside (see mail/encode.h). */
typedef struct {
    ComposeMailbox from;      /* needed */
    const ComposeMailbox *to; /* at least one */
    size_t n_to;
    const ComposeMailbox *reply_to;
    size_t n_reply_to;
    const char *subject;        /* needed */
    int64_t date;               /* seconds since 1970 UTC */
    const char *message_token;  /* needed: unique; letters, digits and . _ + - */
    const char *message_domain; /* needed: of the list; any script */
    const char *in_reply_to;    /* a message id without brackets; left out if it is no such */
    const char *auto_submitted; /* "auto-generated" or "auto-replied" (RFC 3834), unless a
                                 * person wrote the mail */
    const ComposeField *fields; /* further ones, none that this struct has a member for */
    size_t n_fields;
    const char *text; /* needed; any line ends */
} ComposeMail;

/* The whole mail with CRLF line ends. It is 7-bit but for addresses that are not ASCII, which
 * stay UTF-8 (such a mail needs SMTPUTF8). Fails with ERR_INVALID if an address, the token, the
 * domain or a further field may not stand there; no value can inject a field. */
GBytes *compose_mail(const ComposeMail *mail, GError **err);

/* "Mon, 01 Jan 2024 09:05:00 +0000" (RFC 5322 section 3.3). */
char *compose_date(int64_t seconds);
