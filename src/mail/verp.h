/* Tags in envelope senders (VERP): which delivery a bounce is about, so that nobody can forge
 * one. A tag is 32 characters of lower-case base32: 8 bytes of delivery id and 12 bytes of
 * HMAC-SHA-256, so no padding and one spelling per tag. Mail systems may change the case of a
 * local part; reading does not mind. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VERP_KEY_SIZE 32 /* bytes of secret */
#define VERP_TAG_SIZE 32 /* characters of a tag */

/* The tag of one delivery; the id is not negative. */
char *verp_tag(const uint8_t key[VERP_KEY_SIZE], int64_t delivery_id);

/* Whether the tag was made with this key, and for which delivery. The comparison takes the
 * same time whichever byte is wrong. */
bool verp_read(const uint8_t key[VERP_KEY_SIZE], const char *tag, int64_t *ret_delivery_id);
