/* Replies of an SMTP server, read from a stream (RFC 5321 4.2). Strict: what is no reply is an
 * error, since nobody could say which command a later one answers. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    int code;      /* 200 to 599 */
    GString *text; /* its lines without code, with "\n" in between; may be any bytes */
} SmtpReply;

#define SMTP_STATUS_SIZE 12 /* bytes of an enhanced status with its NUL */

/* The enhanced status that the text begins with (RFC 2034), "" if it has none that fits the
 * code. */
void smtp_reply_status(const SmtpReply *reply, char ret_status[SMTP_STATUS_SIZE]);

/* The text for people: without status, in one printable line of at most SMTP_TEXT_MAX bytes. */
char *smtp_reply_text(const SmtpReply *reply);

typedef struct {
    GString *in; /* from `at`, what is not read yet */
    size_t at;
    size_t scanned; /* bytes from `at` known to hold no LF */
    unsigned lines; /* of the reply so far */
    SmtpReply reply;
} SmtpReader;

void smtp_reader_init(SmtpReader *reader);
void smtp_reader_clear(SmtpReader *reader);

void smtp_reader_feed(SmtpReader *reader, const char *bytes, size_t size);

/* Forgets what is not read yet. */
void smtp_reader_drain(SmtpReader *reader);

/* Whether there is anything behind the last reply. */
bool smtp_reader_has_more(const SmtpReader *reader);

/* The next reply, borrowed until the next call; *ret_reply is NULL as long as it is not
 * complete. Fails with ERR_TEMPORARY if it is none, or over a limit. */
bool smtp_reader_next(SmtpReader *reader, const SmtpReply **ret_reply, GError **err);
