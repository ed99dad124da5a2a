#include "mail/verp.h"

#include <glib.h>
#include <sodium.h>
#include <string.h>

#define ID_SIZE  8
#define MAC_SIZE 12 /* 96 of 256 bits: guessing one takes 2^95 bounces */
#define RAW_SIZE (ID_SIZE + MAC_SIZE)

G_STATIC_ASSERT(VERP_KEY_SIZE == crypto_auth_hmacsha256_KEYBYTES);
G_STATIC_ASSERT(VERP_TAG_SIZE * 5 == RAW_SIZE * 8);

/* RFC 4648 in lower case. */
static const char DIGITS[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Goes into the HMAC, so that a value made with the same key for another purpose is no tag. */
static const char PURPOSE[] = "muster bounce tag";

static void tag_bytes(const uint8_t *key, int64_t id, uint8_t ret_bytes[RAW_SIZE])
{
    uint64_t big_endian = GUINT64_TO_BE((uint64_t) id);
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, VERP_KEY_SIZE);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *) PURPOSE, sizeof PURPOSE);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *) &big_endian, ID_SIZE);
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(ret_bytes, &big_endian, ID_SIZE);
    memcpy(ret_bytes + ID_SIZE, mac, MAC_SIZE);
}

char *verp_tag(const uint8_t key[VERP_KEY_SIZE], int64_t delivery_id)
{
    g_assert(delivery_id >= 0);

    uint8_t bytes[RAW_SIZE];
    tag_bytes(key, delivery_id, bytes);

    char *tag = g_malloc(VERP_TAG_SIZE + 1);
    for (size_t i = 0; i < VERP_TAG_SIZE; i++) {
        size_t bit = i * 5;
        unsigned pair = (unsigned) bytes[bit / 8] << 8;
        if (bit / 8 + 1 < RAW_SIZE)
            pair |= bytes[bit / 8 + 1];
        tag[i] = DIGITS[(pair >> (11 - bit % 8)) & 31];
    }
    tag[VERP_TAG_SIZE] = '\0';
    return tag;
}

static bool tag_decode(const char *tag, uint8_t ret_bytes[RAW_SIZE])
{
    unsigned bits = 0;
    unsigned n_bits = 0;

    if (strlen(tag) != VERP_TAG_SIZE)
        return false;
    for (size_t i = 0; i < VERP_TAG_SIZE; i++) {
        const char *digit = strchr(DIGITS, g_ascii_tolower(tag[i]));
        if (digit == NULL)
            return false;
        bits = (bits << 5 | (unsigned) (digit - DIGITS)) & 0xfff;
        n_bits += 5;
        if (n_bits >= 8) {
            n_bits -= 8;
            *ret_bytes++ = (uint8_t) (bits >> n_bits);
        }
    }
    return true;
}

bool verp_read(const uint8_t key[VERP_KEY_SIZE], const char *tag, int64_t *ret_delivery_id)
{
    uint8_t given[RAW_SIZE];
    uint8_t wanted[RAW_SIZE];
    uint64_t big_endian;

    if (!tag_decode(tag, given))
        return false;
    memcpy(&big_endian, given, ID_SIZE);
    int64_t id = (int64_t) GUINT64_FROM_BE(big_endian);
    tag_bytes(key, id, wanted);
    if (sodium_memcmp(given, wanted, RAW_SIZE) != 0)
        return false;

    *ret_delivery_id = id;
    return true;
}
