/* Asks a WHOIS server (RFC 3912): a question, and everything until it closes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* server is as in the configuration, HOST:PORT; tries its addresses one after the other. The
 * answer may be anything, an empty one too. Fails with ERR_TEMPORARY (no connection, it was
 * broken off, or no end in time) or ERR_LIMIT (more than WHOIS_SIZE_MAX bytes). */
bool whois_ask(const char *server, const char *question, int64_t timeout_s, GBytes **ret_answer,
               GError **err);
