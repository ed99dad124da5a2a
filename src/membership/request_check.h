/* What is missing in a request or wrong with it, and what of it the policy has to know. Reads
 * the directory and changes nothing. */
#pragma once

#include "directory/tld.h"
#include "membership/form.h"
#include "membership/request.h"

/* The fields (1 << FormField) that a contact lacks for a kind of request. */
unsigned request_missing(RequestKind kind, const RequestContact *contact);

/* What was found; to be cleared. */
typedef struct {
    bool is_complete; /* nothing is missing, and nothing has to be put right by the requester */
    PolicyRequest facts; /* but for asker, evidence and copies, which the caller knows */
    uint32_t shared;     /* bits 1 << position: contacts for whom facts.is_shared is so */
    GPtrArray *grey;     /* char *: why addresses may be several people's, for the committee */
    GPtrArray *looks;    /* char *: what the secretariat has to look at */
} RequestCheck;

void request_check_clear(RequestCheck *check);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RequestCheck, request_check_clear)

/* Whether others rely on a contact's entry too. */
bool request_check_is_shared(const RequestCheck *check, const RequestContact *contact);

/* Looks at a request and its contacts (RequestContact *). Addresses become canonical, who is on
 * file is found, and a contact's problem is set unless it has one. Joining a TLD that has
 * contacts is adding, and the other way round (R72); leaving gets all contacts of the TLD. */
bool request_check(const Work *work, Request *request, GPtrArray *contacts,
                   RequestCheck *ret_check, GError **err);

/* The same of a request that was complete, as the directory is by now: who is meant is settled
 * and stays. */
bool request_check_again(const Work *work, Request *request, GPtrArray *contacts,
                         RequestCheck *ret_check, GError **err);
