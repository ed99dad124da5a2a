/* Opening requests, and completing those that lacked something. */
#pragma once

#include "membership/form.h"
#include "membership/request.h"

/* Who asks, and what shows it. Everything is borrowed. */
typedef struct {
    const char *requester; /* canonical address; NULL: the secretariat, by command */
    int64_t person_id;     /* whose address that is; 0: not on file */
    const char *evidence;  /* what shows that the mail is from there; NULL: nothing */
    const GPtrArray
        *copied;           /* canonical addresses (char *) that got the mail too; may be NULL */
    const char *language;  /* BCP 47; NULL: that of the form */
    int64_t inbox_id;      /* the mail; 0: none */
    const char *header_id; /* its Message-ID; NULL if none */
} RequestSource;

/* Opens a request for one TLD (A-label) of a form that has a kind, within the caller's
 * transaction. It answers the requester: with what is missing, or with what it waits for now.
 * The caller settles it then (request_step.h). */
bool request_open(const Work *work, const RequestSource *source, const Form *form,
                  const char *tld, int64_t *ret_number, GError **err);

/* Takes what another mail says of an incomplete request: each answer it gives counts, what it
 * does not say stays. Answers again. */
bool request_complete(const Work *work, const RequestSource *source, Request *request,
                      const Form *form, GError **err);

/* Looks again at one that never was complete, as the directory is by now: a limit may have been
 * raised, an entry removed. Whoever was told that it has arrived is not told again. */
bool request_renew(const Work *work, Request *request, GError **err);
