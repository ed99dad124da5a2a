/* How a request is shown: with its contacts, what it needs, the votes and its story. */
#pragma once

#include "cli/command.h"
#include "cli/output.h"
#include "membership/request.h"

/* One as the list has it. NULL on failure; a new reference. */
json_t *request_record(Db *db, const Request *request, GError **err);

/* Writes all of one. ERR_NOT_FOUND if there is none. */
bool request_show(Session *session, int64_t number, GError **err);
