/* Asking for what a request needs: one mail for each yes, with a token of its own. */
#pragma once

#include "membership/request.h"

/* Asks for a need that waits, within the caller's transaction: it becomes NEED_STATE_ASKED and
 * is stored. One that cannot be asked stays as it is, with need->why set to the reason for
 * people: an administrative contact without a usable address, for instance. */
bool request_ask(const Work *work, const Request *request, const GPtrArray *contacts,
                 RequestNeed *need, GError **err);

/* Reminds whoever was asked and has not answered; whose code it is gets a new one, which is
 * stored. A need that nobody is asked by mail for is left alone. */
bool request_remind(const Work *work, const Request *request, const GPtrArray *contacts,
                    RequestNeed *need, GError **err);

/* Whether the address that an authority was asked at is still the one to ask: IANA may have
 * published another since. *ret_why says why not, NULL if it is. */
bool request_check_authority(const Work *work, const Request *request, const RequestNeed *need,
                             char **ret_why, GError **err);

/* How a code went out, and so how it may come back. */
typedef enum {
    CODE_TO_PHONE, /* by text message: by mail, or as it was read out */
    CODE_BY_MAIL, /* by mail: as it was read out over the phone, since a mail proves no phone */
} CodeWay;

/* The hash of a code, as it is stored. */
char *request_code_hash(const RequestNeed *need, CodeWay way, const char *code);
