/* Letters about requests: what they all say of a request, and how they enter its story. The
 * number of the request stands in every subject, "[REQ-142]". */
#pragma once

#include "membership/request.h"
#include "queue/letter.h"

/* Everything is borrowed, but for more. */
typedef struct {
    const char *template; /* "request-authority" */
    const char *language; /* NULL: that of the request */
    const char *to;       /* canonical */
    const char *name;     /* of the reader; NULL if not known */
    const char *token;    /* the answer goes to an address with it; NULL: to -request@ */
    int64_t expires_at;   /* until when an answer counts; 0 if none is asked for */
    const char *in_reply_to;
    bool is_reply;
    const char *reason; /* NULL if there is none to be told */
    json_t *more;       /* of this template; taken, NULL if nothing */
} RequestLetter;

/* Sends it within the caller's transaction, and notes that. contacts are RequestContact *.
 * Takes letter->more, also on failure. */
bool request_letter_send(const Work *work, const Request *request, const GPtrArray *contacts,
                         const RequestLetter *letter, GError **err);

/* Whether one more letter may go out about a request: whoever forges a sender must not have us
 * write to people again and again (RFC 3834 section 2). If it may not, that is noted. */
bool request_may_write(const Work *work, const Request *request, bool *ret_may, GError **err);

/* The address that requests come to, tld-ops-request@. */
char *request_address(const Config *config);
