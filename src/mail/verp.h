/* Tags in envelope senders (VERP): which delivery a bounce is about, so that nobody can forge
 * one. A tag is 32 characters of lower-case base32: 8 bytes of delivery id and 12 bytes of
 * HMAC-SHA-256, so no padding and one spelling per tag. Mail systems may change the case of a
 * local part; reading does not mind. */
#pragma once

#include "base/base32.h"
#include "base/secret.h"

#define VERP_TAG_SIZE BASE32_SIZE(20) /* characters of a tag */

/* The tag of one delivery, made with the secret of the installation; the id is not negative. */
char *verp_tag(const uint8_t secret[SECRET_SIZE], int64_t delivery_id);

/* Whether the tag was made with this secret, and for which delivery. The comparison takes the
 * same time whichever byte is wrong. */
bool verp_read(const uint8_t secret[SECRET_SIZE], const char *tag, int64_t *ret_delivery_id);
