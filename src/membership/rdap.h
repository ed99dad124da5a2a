/* RDAP (RFC 9083, with jCard of RFC 7095): reads the answer about a TLD. Whether it is the TLD
 * that was asked for is for the caller to check. */
#pragma once

#include "membership/iana_record.h"

/* Reads an answer of at most RDAP_SIZE_MAX bytes. *ret is only written to on success; it holds
 * nothing before.
 *
 * Kinds of failure: ERR_NOT_FOUND (the server knows no such name), ERR_TEMPORARY (the answer is
 * cut off), ERR_INVALID (it is no JSON, or no answer about a domain), ERR_LIMIT (too long). */
bool rdap_read(const char *bytes, size_t size, IanaRecord *ret, GError **err);
