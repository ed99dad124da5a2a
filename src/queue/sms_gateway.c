#include "queue/sms_gateway.h"

#include <string.h>

#include "base/err.h"
#include "base/fetch.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/sms_url.h"
#include "base/text.h"

struct SmsGateway {
    const Config *config; /* borrowed */
    char *password;       /* NULL: the address has no place for one */
    GRegex *success;      /* NULL: the status is enough */
    Fetch *fetch;
};

static bool read_password(const Config *config, char **ret_password, GError **err)
{
    if (!sms_url_needs_password(config->sms_url))
        return true;
    if (!secret_read_line(config->sms_password_file, ret_password, err))
        return false;
    size_t size = strlen(*ret_password);
    return (size > 0 && size <= SMS_PASSWORD_MAX) ||
           err_set(err, ERR_INVALID, "the first line of \"%s\" is no password of 1 to %d bytes",
                   config->sms_password_file, SMS_PASSWORD_MAX);
}

SmsGateway *sms_gateway_new(const Config *config, GError **err)
{
    g_autoptr(SmsGateway) gateway = g_new0(SmsGateway, 1);
    gateway->config = config;
    gateway->fetch = fetch_new("*/*", config->sms_ca_file, config->sms_timeout_s);
    if (!read_password(config, &gateway->password, err))
        return NULL;
    if (config->sms_success != NULL) {
        /* An answer may be in any character set. */
        gateway->success = g_regex_new(config->sms_success, G_REGEX_RAW, 0, err);
        if (gateway->success == NULL)
            return NULL;
    }
    return g_steal_pointer(&gateway);
}

void sms_gateway_free(SmsGateway *gateway)
{
    if (gateway == NULL)
        return;
    g_clear_pointer(&gateway->success, g_regex_unref);
    g_free(gateway->password);
    fetch_free(gateway->fetch);
    g_free(gateway);
}

void sms_answer_clear(SmsAnswer *answer)
{
    g_clear_pointer(&answer->said, g_free);
    g_clear_pointer(&answer->body, g_free);
}

/* What an answer means */

static bool fits(const SmsGateway *gateway, GBytes *body)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(body, &size);
    return gateway->success == NULL ||
           g_regex_match_full(gateway->success, bytes != NULL ? bytes : "",
                              (gssize) MIN(size, SMS_ANSWER_MAX), 0, 0, NULL, NULL);
}

/* Somewhere else is a matter of the configuration; "too many" and "not in time" pass. */
SmsOutcome sms_gateway_judge(const SmsGateway *gateway, int64_t status, GBytes *body)
{
    bool is_no = status >= 300 && status < 500 && status != 408 && status != 429;
    if (is_no)
        return SMS_REFUSED;
    return status >= 200 && status < 300 && fits(gateway, body) ? SMS_SENT : SMS_DEFERRED;
}

static char *describe(int64_t status, SmsOutcome outcome)
{
    const char *more = "";
    if (status >= 300 && status < 400)
        more = ": the gateway sends us elsewhere";
    else if (status >= 200 && status < 300 && outcome != SMS_SENT)
        more = ", but the answer does not match [sms] success";
    return g_strdup_printf("HTTP status %" G_GINT64_FORMAT "%s", status, more);
}

/* A gateway may repeat what it was asked, as it is or as it stood in the address. */
static bool shows_password(const SmsGateway *gateway, const char *text)
{
    if (gateway->password == NULL)
        return false;
    g_autofree char *encoded = g_uri_escape_string(gateway->password, NULL, false);
    return strstr(text, gateway->password) != NULL || strstr(text, encoded) != NULL;
}

static char *show_body(const SmsGateway *gateway, GBytes *body)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(body, &size);
    if (size == 0)
        return NULL;
    g_autofree char *whole = text_printable(bytes, MIN(size, SMS_ANSWER_MAX));
    if (shows_password(gateway, whole))
        return g_strdup("(it repeats the password)");
    return text_printable_max(bytes, MIN(size, SMS_ANSWER_MAX), SMS_SHOWN_MAX);
}

/* Sending */

/* Of a gateway that cannot be reached nothing can have gone out. */
static void fail(const SmsGateway *gateway, const GError *failure, SmsAnswer *ret_answer)
{
    bool was_asked = fetch_was_asked(gateway->fetch);
    ret_answer->outcome = was_asked ? SMS_UNCERTAIN : SMS_DEFERRED;
    ret_answer->said = g_strdup(shows_password(gateway, failure->message) ? "no answer"
                                                                          : failure->message);
}

void sms_gateway_send(SmsGateway *gateway, const char *number, const char *text,
                      SmsAnswer *ret_answer)
{
    const SmsUrlValues values = { number, text, gateway->password };
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) body = NULL;
    g_autofree char *url = NULL;
    int64_t status = 0;

    *ret_answer = (SmsAnswer){ .said = NULL };
    if (!sms_url_fill(gateway->config->sms_url, &values, &url, &failure)) {
        ret_answer->outcome = SMS_REFUSED;
        ret_answer->said = g_strdup(failure->message);
        return;
    }
    if (!fetch_get(gateway->fetch, url, &status, &body, &failure)) {
        fail(gateway, failure, ret_answer);
        return;
    }
    ret_answer->outcome = sms_gateway_judge(gateway, status, body);
    ret_answer->said = describe(status, ret_answer->outcome);
    ret_answer->body = show_body(gateway, body);
}
