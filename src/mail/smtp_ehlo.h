/* What an SMTP server says it can do: the reply to EHLO (RFC 5321 4.1.1.1). */
#pragma once

#include <stdint.h>

#include "mail/smtp_reply.h"

typedef struct {
    bool pipelining;
    bool eightbitmime;
    bool smtputf8;
    bool starttls;
    bool auth_plain;
    bool size;
    int64_t size_max; /* bytes of a message; 0: it names no limit */
} SmtpExtensions;

SmtpExtensions smtp_read_ehlo(const SmtpReply *reply);
