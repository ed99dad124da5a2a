/* One LMTP connection: the engine (mail/lmtp.h) with its socket and its time-outs. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/config.h"
#include "store/db.h"

typedef struct LmtpSession LmtpSession;

/* What all sessions share; borrowed by them. */
typedef struct {
    Db *db; /* NULL while the store cannot be reached: mail is put off */
    const Config *config;
    const Clock *clock;
    const char *hostname; /* for the greeting */
    size_t buffered;      /* bytes of half-received mail in all sessions */
} LmtpShared;

/* Takes fd, a non-blocking socket, also on failure. */
LmtpSession *lmtp_session_new(LmtpShared *shared, int fd, int64_t now_ms);
void lmtp_session_free(LmtpSession *session);

int lmtp_session_fd(const LmtpSession *session);

/* The events of poll(2) that the session waits for. */
short lmtp_session_events(const LmtpSession *session);

/* Works on what poll reported. False if the session is over; free it then. */
bool lmtp_session_work(LmtpSession *session, short events, int64_t now_ms);

/* When lmtp_session_work should be called even without events, to look at the time-outs. */
int64_t lmtp_session_deadline_ms(const LmtpSession *session);

/* Whether the peer is in the middle of handing over a mail. */
bool lmtp_session_is_busy(const LmtpSession *session);

/* Ends it with "421 STATUS WHY" as soon as that is written. */
void lmtp_session_end(LmtpSession *session, const char *status, const char *why);
