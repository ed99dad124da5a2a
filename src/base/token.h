/* Tokens: what proves that someone read a mail or a page we sent. Single use and expiry are
 * kept by whoever stores them; stored is only the hash. */
#pragma once

#include <stdbool.h>

#define TOKEN_BYTES 16 /* 128 random bits */
#define TOKEN_SIZE  26 /* characters */

/* A new token: lower-case base32, fit for an address and a URL. */
char *token_new(void);

/* A new code that people read out: so many random digits, each of them equally likely. */
char *token_code(int digits);

/* Whether text has the form of a token, in either case; says nothing of its being known. */
bool token_is_wellformed(const char *text);

/* What is stored and looked up: SHA-256 of the token in lower case, as 64 hex digits. The token
 * is random, so no salt and no slow hash is needed. */
char *token_hash(const char *token);
