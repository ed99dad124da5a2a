/* What stands behind the verbs of LMTP: pure syntax. Each function writes into the text it is
 * given and answers with NULL or with the reply that refuses it (borrowed, without CRLF). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *path; /* without brackets and source route; "" for <> */
    int64_t size;     /* as declared, 0 if not; never negative */
    bool is_8bit;     /* BODY=8BITMIME */
    bool is_utf8;     /* SMTPUTF8 */
} LmtpMailArgs;

/* "FROM:<ann@example.org> SIZE=1" */
const char *lmtp_read_mail(char *args, LmtpMailArgs *ret_mail);

/* "TO:<ann@example.org>" */
const char *lmtp_read_rcpt(char *args, const char **ret_path);

/* "1000 LAST" (RFC 3030) */
const char *lmtp_read_bdat(char *args, int64_t *ret_size, bool *ret_is_last);
