/* The address of a gateway for text messages, as [sms] url has it: a template with holes that
 * are filled in, percent-encoded (RFC 3986, 2.1), for each message:
 *
 *   {to}        the number as +441632960001, so that %2B stands for the plus
 *   {digits}    the same without the plus
 *   {text}      the text, in UTF-8
 *   {password}  what [sms] password-file holds
 *
 * An address may hold secrets, so no error repeats any of it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Whether it can be used: http:// or https://, no user before the host, only these holes, none
 * of them in the host, {text} behind the question mark, and {to} or {digits}. Fails with
 * ERR_INVALID. */
bool sms_url_check(const char *url, GError **err);

/* Whether {password} is one of its holes. */
bool sms_url_needs_password(const char *url);

/* For people: scheme, host and port. The url was checked, or is NULL, and so is the result. */
char *sms_url_shown(const char *url);

/* What goes into the holes. Borrowed. */
typedef struct {
    const char *number;   /* E.164, with its plus */
    const char *text;     /* UTF-8 */
    const char *password; /* NULL if the address has no place for one */
} SmsUrlValues;

/* The address to ask for one message; the url was checked. Fails with ERR_LIMIT if it has more
 * than FETCH_URL_MAX bytes. */
bool sms_url_fill(const char *url, const SmsUrlValues *values, char **ret_url, GError **err);
