#include "base/store_url.h"

#include <string.h>

#include "base/err.h"

#define HIDDEN "***"

bool store_url_is_postgres(const char *url)
{
    return g_str_has_prefix(url, "postgresql://") || g_str_has_prefix(url, "postgres://");
}

/* Of a password with a bare @ or slash libpq would take a piece for a host, a port or a
 * database, and say so in its errors. Behind the user and its password there is no @ before a
 * "?". */
static bool is_user_plain(const char *url)
{
    const char *begin = strstr(url, "://") + 3;
    const char *last = g_strrstr_len(begin, (gssize) strcspn(begin, "?"), "@");
    return last == NULL || begin + strcspn(begin, "@/") == last;
}

bool store_url_check(const char *url, GError **err)
{
    if (!store_url_is_postgres(url))
        return g_str_has_prefix(url, "sqlite:") ||
               err_set(err, ERR_INVALID, "a store is sqlite:PATH or postgresql://...");
    return is_user_plain(url) ||
           err_set(
               err, ERR_INVALID,
               "in the user or password of a store's URL an @ is written %%40, and a / %%2F");
}

/* "USER:PASSWORD@". What is no proper URL may have an @ or a slash in the password: up to the
 * last @ nothing is shown. */
static void hide_user_password(GString *url)
{
    const char *begin = strstr(url->str, "://");
    const char *end = strrchr(url->str, '@');
    const char *colon = begin != NULL ? strchr(begin + 3, ':') : NULL;
    if (colon == NULL || end == NULL || end < colon)
        return;

    gssize place = colon + 1 - url->str;
    g_string_erase(url, place, end - colon - 1);
    g_string_insert(url, place, HIDDEN);
}

/* "?password=..." */
static void hide_parameter(GString *url, const char *name)
{
    char *at = strstr(url->str, name);
    while (at != NULL) {
        gssize place = at - url->str + (gssize) strlen(name);
        g_string_erase(url, place, (gssize) strcspn(url->str + place, "&"));
        g_string_insert(url, place, HIDDEN);
        at = strstr(url->str + place, name);
    }
}

char *store_url_shown(const char *url)
{
    GString *shown = g_string_new(url);
    if (store_url_is_postgres(url)) {
        hide_user_password(shown);
        hide_parameter(shown, "password="); /* that of the key, "sslpassword=", too */
    }
    return g_string_free(shown, FALSE);
}
