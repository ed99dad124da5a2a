#include "base/sms_url.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

static const char *digits_of(const SmsUrlValues *values)
{
    return values->number + 1;
}

static const char *number_of(const SmsUrlValues *values)
{
    return values->number;
}

static const char *text_of(const SmsUrlValues *values)
{
    return values->text;
}

static const char *password_of(const SmsUrlValues *values)
{
    return values->password != NULL ? values->password : "";
}

typedef struct {
    const char *name;
    const char *(*value)(const SmsUrlValues *values);
} Hole;

static const Hole HOLES[] = {
    { "{to}", number_of },
    { "{digits}", digits_of },
    { "{text}", text_of },
    { "{password}", password_of },
};

/* The hole that begins here; NULL if there is none of that name. */
static const Hole *hole_at(const char *at)
{
    for (size_t i = 0; i < G_N_ELEMENTS(HOLES); i++) {
        if (g_str_has_prefix(at, HOLES[i].name))
            return &HOLES[i];
    }
    return NULL;
}

/* The first byte behind the host and its port. */
static const char *end_of_host(const char *url)
{
    const char *host = strstr(url, "//") + 2;
    return host + strcspn(host, "/?");
}

static bool check_characters(const char *url, GError **err)
{
    for (const char *at = url; *at != '\0'; at++) {
        if (!g_ascii_isgraph(*at) || strchr("#<>\"\\^`|", *at) != NULL)
            return err_set(err, ERR_INVALID,
                           "the address has a character that must be percent-encoded, or a #");
    }
    return true;
}

/* A user in it would be shown with the host, and a password with the user. */
static bool check_host(const char *url, GError **err)
{
    if (!g_str_has_prefix(url, "https://") && !g_str_has_prefix(url, "http://"))
        return err_set(err, ERR_INVALID,
                       "the address begins with neither https:// nor http://");
    const char *host = strstr(url, "//") + 2;
    g_autofree char *authority = g_strndup(host, (size_t) (end_of_host(url) - host));
    if (authority[0] == '\0' || strpbrk(authority, "{}@") != NULL)
        return err_set(err, ERR_INVALID,
                       "the address needs a host without a user or a hole in it; a password "
                       "goes into the hole {password}");
    return true;
}

static bool check_holes(const char *url, GError **err)
{
    const char *at = end_of_host(url);
    while ((at = strpbrk(at, "{}")) != NULL) {
        const Hole *hole = hole_at(at);
        if (hole == NULL)
            return err_set(err, ERR_INVALID,
                           "the holes of the address are {to}, {digits}, {text} and "
                           "{password}; any other brace is written %%7B or %%7D");
        at += strlen(hole->name);
    }
    const char *query = strchr(url, '?');
    const char *text = strstr(url, "{text}");
    /* In a path, a text of two dots would be a step up. */
    if (query == NULL || text == NULL || text < query)
        return err_set(err, ERR_INVALID, "the address has no {text} behind a question mark");
    if (strstr(url, "{to}") == NULL && strstr(url, "{digits}") == NULL)
        return err_set(err, ERR_INVALID, "the address has neither {to} nor {digits}");
    return true;
}

bool sms_url_check(const char *url, GError **err)
{
    if (strlen(url) > SMS_URL_MAX)
        return err_set(err, ERR_INVALID, "the address is longer than %d bytes", SMS_URL_MAX);
    return check_characters(url, err) && check_host(url, err) && check_holes(url, err);
}

bool sms_url_needs_password(const char *url)
{
    return strstr(url, "{password}") != NULL;
}

char *sms_url_shown(const char *url)
{
    if (url == NULL)
        return NULL;
    g_autofree char *host = g_strndup(url, (size_t) (end_of_host(url) - url));
    return g_strconcat(host, "/...", NULL);
}

bool sms_url_fill(const char *url, const SmsUrlValues *values, char **ret_url, GError **err)
{
    g_autoptr(GString) filled = g_string_new(NULL);
    for (const char *at = url; *at != '\0';) {
        const Hole *hole = *at == '{' ? hole_at(at) : NULL;
        if (hole == NULL) {
            g_string_append_c(filled, *at++);
            continue;
        }
        g_autofree char *encoded = g_uri_escape_string(hole->value(values), NULL, false);
        g_string_append(filled, encoded);
        at += strlen(hole->name);
    }
    if (filled->len > FETCH_URL_MAX)
        return err_set(err, ERR_LIMIT, "the text makes an address of more than %d bytes",
                       FETCH_URL_MAX);
    *ret_url = g_string_free(g_steal_pointer(&filled), FALSE);
    return true;
}
