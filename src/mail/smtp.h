/* SMTP, the client's side (RFC 5321): sends mail to one relay over one connection; bytes in,
 * bytes out, no socket. With PIPELINING (RFC 2920), 8BITMIME, SMTPUTF8, SIZE, STARTTLS (3207)
 * and AUTH PLAIN (4954, over TLS only) where the relay has them.
 *
 * A job is one copy to one recipient with an envelope sender of its own. With PIPELINING its
 * MAIL, RCPT and DATA go out at once, with the last dot of the job before it; so one round trip
 * carries one copy, and never more than five replies are outstanding.
 *
 * The owner writes what smtp_output gives, feeds what it reads, adds jobs in any state, and
 * takes the results. Every job ends in exactly one of two ways: as a result, or, if the session
 * ended before it was begun, through smtp_take_back. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "mail/smtp_reply.h"

typedef struct Smtp Smtp;

typedef enum {
    SMTP_OPENING,   /* greeting, EHLO, STARTTLS, AUTH; jobs wait */
    SMTP_WANTS_TLS, /* shake hands on the connection, then smtp_tls_started */
    SMTP_READY,     /* sends jobs, or waits for some */
    SMTP_ENDED,     /* close the connection; smtp_error says why */
} SmtpState;

typedef struct {
    const char *hostname; /* ours, for EHLO */
    bool needs_tls;       /* no mail without STARTTLS */
    const char *user;     /* for AUTH PLAIN, which needs TLS too; NULL: no AUTH */
    const char *password;
} SmtpOptions;

typedef struct {
    int64_t id;            /* the owner's, comes back in the result */
    const char *sender;    /* canonical address, "" for <> */
    const char *recipient; /* canonical address */
    GBytes *body;          /* from smtp_stuff */
    bool needs_utf8;       /* UTF-8 in its header; what the addresses need is seen from them */
    bool needs_8bit;       /* bytes over 127 in it */
} SmtpJob;

typedef enum {
    SMTP_SENT,      /* the relay has it: 2xx to the last dot */
    SMTP_REFUSED,   /* will be refused again: 5xx, or it cannot be sent to this relay */
    SMTP_DEFERRED,  /* 4xx, or the relay wants something of us and not of the mail (530) */
    SMTP_LOST,      /* the session ended before the last dot: it was not sent */
    SMTP_UNCERTAIN, /* the session ended between the last dot and its answer: nobody knows */
} SmtpOutcome;

typedef struct {
    int64_t id;
    SmtpOutcome outcome;
    int code;                      /* 0 if the relay did not answer */
    char status[SMTP_STATUS_SIZE]; /* enhanced status (RFC 3463) like "5.1.1", "" if there was
                                      none */
    char *text;                    /* one printable line of at most SMTP_TEXT_MAX bytes */
} SmtpResult;

void smtp_result_clear(SmtpResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SmtpResult, smtp_result_clear)

/* A message as it goes over the wire: lines end in CRLF (a CR or LF on its own becomes one, as
 * servers disagree on those), dots at the beginning of a line are doubled, and the last line
 * has an end. To be made once for all copies. */
GBytes *smtp_stuff(const char *bytes, size_t size);

/* Waits for the greeting of the relay. The strings of options must outlive it. */
Smtp *smtp_new(const SmtpOptions *options);
void smtp_free(Smtp *smtp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Smtp, smtp_free)

SmtpState smtp_state(const Smtp *smtp);

/* Why the session has ended: ERR_TEMPORARY, with a text that may be shown to an operator; NULL
 * as long as it has not, or if it ended by smtp_quit. Borrowed. */
const GError *smtp_error(const Smtp *smtp);

/* What the relay sent. */
void smtp_feed(Smtp *smtp, const char *bytes, size_t size);

/* The connection is encrypted and the relay's certificate was checked. What was read before
 * must have been fed before. */
void smtp_tls_started(Smtp *smtp);

/* The connection is no more, or the relay was silent for longer than smtp_patience_s. */
void smtp_lost(Smtp *smtp, const char *why);

/* Seconds that a relay may be silent now (RFC 5321 4.5.3.2); 0 if nothing is expected of it. */
int smtp_patience_s(const Smtp *smtp);

/* What to write: fills up to n vectors and says how many. They are valid until the next call
 * of another function. Then smtp_wrote says how many bytes of it went out. */
size_t smtp_output(Smtp *smtp, struct iovec *ret_vectors, size_t n);
void smtp_wrote(Smtp *smtp, size_t size);

/* Copies the job and keeps a reference to its body. In an ended session it can only be taken
 * back. */
void smtp_add(Smtp *smtp, const SmtpJob *job);

/* How many jobs have neither a result nor been taken back. */
size_t smtp_jobs(const Smtp *smtp);

/* The next result, in the order they became known; false if there is none now. Clear it. */
bool smtp_next_result(Smtp *smtp, SmtpResult *ret_result);

/* After the end: the id of the next job that was never begun; false if there are no more. */
bool smtp_take_back(Smtp *smtp, int64_t *ret_id);

/* The id of the next job that was not begun yet, and will not be now; false if there are no
 * more. */
bool smtp_withdraw(Smtp *smtp, int64_t *ret_id);

/* Says QUIT when all jobs are done, or at once if the session is not open yet. */
void smtp_quit(Smtp *smtp);
