/* What a request that is allowed does to the directory. */
#pragma once

#include "directory/edit.h"
#include "membership/request.h"

/* Does it, within the caller's transaction, which has to be rolled back if that fails: with
 * ERR_INVALID, ERR_EXISTS, ERR_LIMIT or ERR_NOT_FOUND the directory is no longer such that it
 * can be done, and people have to look. contacts are RequestContact *; those who come on file
 * get their person_id, and those who go lose it. */
bool request_apply(const Work *work, const Edit *edit, const Request *request,
                   const GPtrArray *contacts, GError **err);
