/* What a letter says of an incomplete request: the fields that are missing, what has to be put
 * right, and the form filled in with what was understood. */
#pragma once

#include <jansson.h>

#include "membership/request.h"

/* For a template: "missing" (a list of position and field), "problems" (of position and
 * problem) and "form", in the language of the request. */
json_t *request_form_data(const Request *request, const GPtrArray *contacts);

/* The missing fields as one line in English: "contact 1: mobile phone". */
char *request_form_missing(const Request *request, const GPtrArray *contacts);
