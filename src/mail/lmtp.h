/* LMTP, the server's side (RFC 2033): bytes in, replies out, no socket. With PIPELINING (RFC
 * 2920), 8BITMIME (6152), SMTPUTF8 (6531), SIZE (1870), ENHANCEDSTATUSCODES (2034) and CHUNKING
 * (3030).
 *
 * The owner feeds what it reads, asks lmtp_step what is next until that is
 * LMTP_NEEDS_BYTES, and writes `out` to the peer. It should read no more while it has not
 * answered a message, or while much of `out` is unwritten: what it feeds is held.
 *
 * Lines end in CRLF. A command with a bare CR or LF ends the session (421): the peer and we
 * would not agree on where the next command begins. A message with one is read to its true end,
 * CRLF "." CRLF, then refused (550 5.6.0), and the session ends too: whoever lets a bare CR or
 * LF through may not have doubled the dot behind it either, so what follows could be the
 * message still. A NUL or an overlong line blurs no border; the session goes on after those. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Lmtp Lmtp;

typedef enum {
    LMTP_NEEDS_BYTES,
    LMTP_ASKS_RECIPIENT, /* lmtp_recipient, then lmtp_answer_recipient */
    LMTP_HAS_MESSAGE,    /* lmtp_message, then lmtp_answer_message */
    LMTP_ENDED,          /* write what is in out, then close */
} LmtpStep;

typedef struct {
    const char *hostname; /* ours, for the greeting */
    int64_t size_max;     /* bytes of a message without doubled dots */
} LmtpOptions;

typedef struct {
    char *sender;          /* canonical address, "" for <> */
    GPtrArray *recipients; /* char *, canonical, in the order accepted; at least one */
    GBytes *data;          /* CRLF lines without doubled dots; no bare CR or LF, no NUL */
    bool is_utf8;          /* SMTPUTF8: addresses and header may be UTF-8 */
    bool is_8bit;          /* BODY=8BITMIME */
    char *peer_name;       /* as it said in LHLO: printable ASCII, proves nothing */
} LmtpMessage;

/* Appends the greeting to out. The options are copied. */
Lmtp *lmtp_new(const LmtpOptions *options, GString *out);
void lmtp_free(Lmtp *lmtp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lmtp, lmtp_free)

/* Takes bytes of the peer; of no effect once the session has ended. */
void lmtp_feed(Lmtp *lmtp, const char *bytes, size_t size);

/* Works on until something is needed, and says what. Gives the same answer again as long as
 * that was not given. */
LmtpStep lmtp_step(Lmtp *lmtp, GString *out);

/* At LMTP_ASKS_RECIPIENT: a canonical address, borrowed until answered. */
const char *lmtp_recipient(const Lmtp *lmtp);

/* NULL accepts. Otherwise the reply is that of the kind of error, with its text if the refusal
 * is lasting: a temporary one is our own trouble and not for strangers to read. */
void lmtp_answer_recipient(Lmtp *lmtp, const GError *refusal, GString *out);

/* At LMTP_HAS_MESSAGE: borrowed until answered; data can be kept with g_bytes_ref. */
const LmtpMessage *lmtp_message(const Lmtp *lmtp);

/* One reply per recipient (RFC 2033 4.2). Call it without refusal only when the message is
 * stored for good: from then on it is ours to lose. */
void lmtp_answer_message(Lmtp *lmtp, const GError *refusal, GString *out);

/* Bytes held for this session, for the owner's budget (LMTP_MEMORY_MAX over all sessions). */
size_t lmtp_buffered(const Lmtp *lmtp);

/* When the budget is used up: gives up the message on its way in, if there is one, and frees
 * it. It is answered 452 4.3.1 at its end, so that the peer stays in step and tries again. */
void lmtp_drop(Lmtp *lmtp);

/* The owner ends the session, with a reply like "421 4.4.2 HOSTNAME WHY"; status as in RFC
 * 3463. An unfinished message is gone, which the peer knows as it has no reply for it. */
void lmtp_end(Lmtp *lmtp, const char *status, const char *why, GString *out);
