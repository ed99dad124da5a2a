/* IANA's WHOIS (RFC 3912, objects of "key: value" lines): reads the answer about a TLD. Whether
 * it is the TLD that was asked for is for the caller to check. */
#pragma once

#include "membership/iana_record.h"

/* Reads an answer of at most WHOIS_SIZE_MAX bytes, up to its "source:" line: what stands behind
 * that is another server's. A code that has an entry and no manager is read like any other; its
 * status is "not assigned". *ret is only written to on success; it holds nothing before.
 *
 * Kinds of failure: ERR_NOT_FOUND (the server knows no such name), ERR_TEMPORARY (the answer is
 * cut off: no source line), ERR_INVALID (the server did not understand the query, or this is no
 * answer of IANA's about a domain), ERR_LIMIT (too long). */
bool whois_read(const char *bytes, size_t size, IanaRecord *ret, GError **err);
