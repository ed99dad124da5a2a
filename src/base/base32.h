/* Base32 (RFC 4648 section 6) in lower case without padding: what survives in the local part of
 * an address, where hosts along the way may change case. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many characters size bytes take. */
#define BASE32_SIZE(size) (((size) *8 + 4) / 5)

char *base32_encode(const uint8_t *bytes, size_t size);

/* Reads text that stands for exactly size bytes, in either case. False if it is anything else,
 * also if its unused last bits are not zero: every value has one spelling. */
bool base32_decode(const char *text, uint8_t *ret_bytes, size_t size);
