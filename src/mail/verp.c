#include "mail/verp.h"

#include <sodium.h>
#include <string.h>

#include "base/limits.h"

#define ID_SIZE  8
#define MAC_SIZE 12 /* 96 of 256 bits: guessing one takes 2^95 bounces */
#define RAW_SIZE (ID_SIZE + MAC_SIZE)

G_STATIC_ASSERT(VERP_TAG_SIZE == BASE32_SIZE(RAW_SIZE));
/* A local part of 64 bytes passes everywhere (RFC 5321 4.5.3.1.1). */
G_STATIC_ASSERT(LIST_LOCAL_MAX + sizeof "-bounces+" - 1 + VERP_TAG_SIZE <= 64);

/* Goes into the HMAC, so that what is made with the same secret for another purpose is no
 * tag. */
static const char PURPOSE[] = "muster bounce tag";

static void make_bytes(const uint8_t *secret, int64_t id, uint8_t ret_bytes[RAW_SIZE])
{
    uint64_t big_endian = GUINT64_TO_BE((uint64_t) id);
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, secret, SECRET_SIZE);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *) PURPOSE, sizeof PURPOSE);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *) &big_endian, ID_SIZE);
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(ret_bytes, &big_endian, ID_SIZE);
    memcpy(ret_bytes + ID_SIZE, mac, MAC_SIZE);
}

char *verp_tag(const uint8_t secret[SECRET_SIZE], int64_t delivery_id)
{
    g_assert(delivery_id >= 0);

    uint8_t bytes[RAW_SIZE];
    make_bytes(secret, delivery_id, bytes);
    return base32_encode(bytes, RAW_SIZE);
}

bool verp_read(const uint8_t secret[SECRET_SIZE], const char *tag, int64_t *ret_delivery_id)
{
    uint8_t given[RAW_SIZE];
    uint8_t wanted[RAW_SIZE];
    uint64_t big_endian;

    if (!base32_decode(tag, given, RAW_SIZE))
        return false;
    memcpy(&big_endian, given, ID_SIZE);
    int64_t id = (int64_t) GUINT64_FROM_BE(big_endian);
    make_bytes(secret, id, wanted);
    if (sodium_memcmp(given, wanted, RAW_SIZE) != 0)
        return false;

    *ret_delivery_id = id;
    return true;
}
