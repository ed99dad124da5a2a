/* What people of the secretariat do with requests: the same for the command line and the web.
 * Each is one transaction with its journal row, after which the request goes on by itself.
 * ERR_NOT_FOUND if there is no such request, ERR_DENIED if it has ended. */
#pragma once

#include "membership/request.h"

/* Opens the requests of the forms in a text, as the secretariat was told by telephone or on
 * paper. requester, which may be NULL, is the canonical address that receipts go to.
 * *ret_numbers is an array of int64_t and the caller's. ERR_INVALID says what is wrong with the
 * text. */
bool request_desk_open(const Work *work, const char *text, const char *requester,
                       GArray **ret_numbers, GError **err);

/* Fills in what is missing in one, from a form with its head ("TLD:") and those fields.
 * ERR_INVALID if nothing is missing, or if the text has no form. */
bool request_desk_complete(const Work *work, int64_t number, const char *text, GError **err);

/* Says yes to what waits for the secretariat, and lets a parked request go on. With an
 * override, which is the reason, it goes over everything that is not met, but for what the
 * committee is to decide; that stands in the journal and in the next summary to the committee.
 * ERR_INVALID if nothing waits for it, or if fields are missing, which nobody can say yes to;
 * ERR_DENIED if all that is left is a decision. */
bool request_desk_approve(const Work *work, int64_t number, const char *override, GError **err);

bool request_desk_refuse(const Work *work, int64_t number, const char *reason, GError **err);
bool request_desk_withdraw(const Work *work, int64_t number, const char *reason, GError **err);

/* It rests until it is approved. */
bool request_desk_park(const Work *work, int64_t number, const char *reason, GError **err);

/* who NULL: nobody. */
bool request_desk_assign(const Work *work, int64_t number, const char *who, GError **err);

bool request_desk_comment(const Work *work, int64_t number, const char *text, GError **err);

/* Gives those who were asked so many days more. */
bool request_desk_extend(const Work *work, int64_t number, int64_t days, GError **err);

/* Enters a code that was read out over the telephone. ERR_INVALID if it is wrong, ERR_LIMIT
 * after PHONE_CODE_TRIES of those. */
bool request_desk_code(const Work *work, int64_t number, const char *code, GError **err);

/* Sends a new code, after too many wrong ones or because the first got lost. */
bool request_desk_new_code(const Work *work, int64_t number, GError **err);

/* What a request waits for, for people: "authority admin@nic.example"; "" if it has ended. */
bool request_waits_for(Db *db, const Request *request, char **ret_text, GError **err);
