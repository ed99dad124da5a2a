/* The gateway that [sms] url names: one text message is one question by HTTP (base/fetch.h). */
#pragma once

#include "base/config.h"
#include "queue/sms.h"

typedef struct SmsGateway SmsGateway;

/* config is borrowed and has an [sms] url. Fails with ERR_NOT_FOUND (the password file),
 * ERR_INVALID (what it holds). Asks nothing yet. */
SmsGateway *sms_gateway_new(const Config *config, GError **err);
void sms_gateway_free(SmsGateway *gateway);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmsGateway, sms_gateway_free)

/* How it went; to be cleared. */
typedef struct {
    SmsOutcome outcome;
    char *said; /* for the row and the log: nothing in it is of what was sent */
    char *body; /* the beginning of the answer, printable, without the password; it may repeat
                 * number and text, so it is for who sent them alone. NULL if there is none */
} SmsAnswer;

void sms_answer_clear(SmsAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SmsAnswer, sms_answer_clear)

/* Sends one message, and waits for the answer as long as the configuration says. */
void sms_gateway_send(SmsGateway *gateway, const char *number, const char *text,
                      SmsAnswer *ret_answer);

/* What an answer means; body may be empty. */
SmsOutcome sms_gateway_judge(const SmsGateway *gateway, int64_t status, GBytes *body);
