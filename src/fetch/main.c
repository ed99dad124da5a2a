/* muster-fetch: the HTTP client, a program of its own (base/fetch.h says why, and what it is
 * told and answers). Arguments: the media type to ask for, seconds for one answer, and maybe a
 * file of certificates to trust. Addresses come by standard input, a line each; it ends with
 * that. */
#include <curl/curl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "base/limits.h"

#define CONNECT_S 10L

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)

static size_t take(char *bytes, size_t unit, size_t count, void *data)
{
    GString *body = data;
    size_t size = unit * count;
    if (body->len + size > FETCH_SIZE_MAX)
        return 0;
    g_string_append_len(body, bytes, (gssize) size);
    return size;
}

/* What holds for every address. */
static bool set_up(CURL *curl, const struct curl_slist *fields, long timeout_s, GString *body)
{
    return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "muster/" MUSTER_VERSION) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, MIN(CONNECT_S, timeout_s)) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) == CURLE_OK;
}

/* Only the protocol that the address names; what is not encrypted goes to this host, and so
 * through no proxy. */
static bool set_address(CURL *curl, const char *url)
{
    bool is_plain = g_str_has_prefix(url, "http://");
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_plain ? "http" : "https") ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, is_plain ? "" : NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK;
}

/* Whether the server can have got the question. */
static bool was_asked(CURL *curl)
{
    long size = 0;
    return curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &size) != CURLE_OK || size > 0;
}

static void answer(CURL *curl, CURLcode result, const char *fault, const GString *body)
{
    long status = 0;
    if (result == CURLE_OK)
        result = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK) {
        (void) printf("%ld %zu\n", status, body->len);
        (void) fwrite(body->str, 1, body->len, stdout);
    } else if (result == CURLE_WRITE_ERROR) {
        (void) printf("LIMIT\n");
    } else {
        const char *reason = *fault != '\0' ? fault : curl_easy_strerror(result);
        (void) printf("%c %.*s\n", was_asked(curl) ? '!' : '-', (int) strcspn(reason, "\r\n"),
                      reason);
    }
    (void) fflush(stdout);
}

static void serve(CURL *curl, GString *body)
{
    char fault[CURL_ERROR_SIZE] = "";
    char url[FETCH_URL_MAX + 2]; /* with its line feed and a NUL */
    (void) curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fault);
    while (fgets(url, sizeof url, stdin) != NULL) {
        url[strcspn(url, "\n")] = '\0';
        *fault = '\0';
        g_string_truncate(body, 0);
        CURLcode result = set_address(curl, url) ? curl_easy_perform(curl)
                                                 : CURLE_URL_MALFORMAT;
        answer(curl, result, fault, body);
    }
}

/* It needs a network and memory, and no more of it than an answer takes. */
static bool confine(void)
{
    const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
           setrlimit(RLIMIT_FSIZE, &none) == 0;
}

static bool run(const char *accept, const char *ca_file, long timeout_s)
{
    g_autoptr(CURL) curl = curl_easy_init();
    g_autoptr(GString) body = g_string_new(NULL);
    g_autofree char *field = g_strdup_printf("Accept: %s", accept);
    struct curl_slist *fields = curl_slist_append(NULL, field);
    bool is_ready = curl != NULL && fields != NULL && set_up(curl, fields, timeout_s, body) &&
                    (ca_file == NULL ||
                     curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file) == CURLE_OK);
    if (is_ready)
        serve(curl, body);
    curl_slist_free_all(fields);
    return is_ready;
}

int main(int argc, char **argv)
{
    gint64 timeout_s = 0;
    if (argc < 3 || argc > 4 ||
        !g_ascii_string_to_signed(argv[2], 10, 1, 3600, &timeout_s, NULL))
        return EX_USAGE;
    if (!confine() || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return EX_OSERR;
    return run(argv[1], argc > 3 ? argv[3] : NULL, (long) timeout_s) ? EX_OK : EX_SOFTWARE;
}
