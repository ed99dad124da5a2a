/* UTF-8 text in the ASCII forms of mail: encoded words (RFC 2047), display names and mailboxes
 * (RFC 5322), quoted-printable (RFC 2045). Text may come from outside: what is no UTF-8 becomes
 * U+FFFD, control characters and line ends become spaces (in a body, line ends and tabs stay),
 * so that nobody gets a control character from us, not even behind an encoded word. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A value for an unstructured field (Subject). Stays as it is where it is plain ASCII; from the
 * first word to the last that is not, it becomes encoded words, split between characters. Text
 * that only looks like an encoded word is encoded as well, so readers show what we were given.
 */
char *encode_text(const char *text);

/* A display name: as it is if it may stand so, else in quotes, else as encoded words. */
char *encode_phrase(const char *text);

/* `"Doe, Jane" <jane@nic.example>`, or the address alone if the name is NULL or empty. The
 * address is as address_parse() returns it; outside ASCII (SMTPUTF8) it stays UTF-8. */
char *encode_mailbox(const char *name, const char *address);

/* A text body in the form it can travel in: lines end in CRLF, the last one too. */
typedef struct {
    const char *encoding; /* for Content-Transfer-Encoding: "7bit" or "quoted-printable" */
    GString *text;
} EncodedBody;

void encoded_body_clear(EncodedBody *body);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EncodedBody, encoded_body_clear)

/* Fills in *ret_body, whose text is the caller's. Any line ends are accepted. Text of ASCII
 * lines that nothing on the way needs to break stays readable as it is. */
void encode_body(const char *text, EncodedBody *ret_body);
