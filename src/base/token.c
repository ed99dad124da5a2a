#include "base/token.h"

#include <glib.h>
#include <sodium.h>
#include <string.h>

#include "base/base32.h"

G_STATIC_ASSERT(BASE32_SIZE(TOKEN_BYTES) == TOKEN_SIZE);

char *token_new(void)
{
    uint8_t bytes[TOKEN_BYTES];

    if (sodium_init() < 0)
        g_error("libsodium finds no randomness");
    randombytes_buf(bytes, sizeof bytes);
    return base32_encode(bytes, sizeof bytes);
}

char *token_code(int digits)
{
    GString *code = g_string_new(NULL);
    if (sodium_init() < 0)
        g_error("libsodium finds no randomness");
    for (int i = 0; i < digits; i++)
        g_string_append_c(code, (char) ('0' + randombytes_uniform(10)));
    return g_string_free(code, FALSE);
}

bool token_is_wellformed(const char *text)
{
    uint8_t bytes[TOKEN_BYTES];
    return base32_decode(text, bytes, sizeof bytes);
}

char *token_hash(const char *token)
{
    g_autofree char *lower = g_ascii_strdown(token, -1);
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[sizeof hash * 2 + 1];

    crypto_hash_sha256(hash, (const uint8_t *) lower, strlen(lower));
    return g_strdup(sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}
