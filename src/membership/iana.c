#include "membership/iana.h"

#include "base/err.h"
#include "base/fetch.h"
#include "membership/rdap.h"
#include "membership/whois.h"
#include "membership/whois_client.h"

#define RDAP_TYPE "application/rdap+json" /* RFC 7480, 4.2 */

struct IanaClient {
    const Config *config;
    Fetch *fetch;
};

typedef bool (*Reader)(const char *bytes, size_t size, IanaRecord *ret, GError **err);

static const struct {
    const char *key;
    const char *title;
    Reader read;
} SOURCES[IANA_SOURCES] = {
    [IANA_WHOIS] = { "whois", "WHOIS", whois_read },
    [IANA_RDAP] = { "rdap", "RDAP", rdap_read },
};

const char *iana_source_key(IanaSource source)
{
    return SOURCES[source].key;
}

const char *iana_source_title(IanaSource source)
{
    return SOURCES[source].title;
}

void iana_answer_clear(IanaAnswer *answer)
{
    g_clear_pointer(&answer->bytes, g_bytes_unref);
    g_clear_pointer(&answer->record, iana_record_free);
    g_clear_error(&answer->failure);
}

IanaClient *iana_client_new(const Config *config)
{
    IanaClient *client = g_new0(IanaClient, 1);
    client->config = config;
    client->fetch = fetch_new(RDAP_TYPE, config->iana_ca_file, config->iana_timeout_s);
    return client;
}

void iana_client_free(IanaClient *client)
{
    if (client == NULL)
        return;
    fetch_free(client->fetch);
    g_free(client);
}

void iana_read(IanaSource source, const char *tld, GBytes *bytes, IanaAnswer *ret)
{
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    g_autoptr(IanaRecord) record = g_new0(IanaRecord, 1);

    *ret = (IanaAnswer){ .bytes = bytes, .is_reached = true };
    if (!SOURCES[source].read(text != NULL ? text : "", size, record, &ret->failure))
        return;
    if (g_str_equal(record->domain, tld))
        ret->record = g_steal_pointer(&record);
    else
        err_set(&ret->failure, ERR_INVALID, "the answer is about .%s", record->domain);
}

static bool ask_rdap(IanaClient *client, const char *tld, int64_t *ret_status,
                     GBytes **ret_bytes, GError **err)
{
    g_autofree char *url = g_strconcat(client->config->iana_rdap, tld, NULL);
    return fetch_get(client->fetch, url, ret_status, ret_bytes, err);
}

/* What a status means that is neither 200 nor 404, whose bodies say more. */
static bool check_status(int64_t status, GError **err)
{
    if (status == 200 || status == 404)
        return true;
    if (status >= 300 && status < 400)
        return err_set(err, ERR_INVALID,
                       "HTTP status %" G_GINT64_FORMAT ": the server sends us elsewhere",
                       status);
    return err_set(err, status == 429 || status >= 500 ? ERR_TEMPORARY : ERR_INVALID,
                   "HTTP status %" G_GINT64_FORMAT, status);
}

void iana_ask(IanaClient *client, IanaSource source, const char *tld, IanaAnswer *ret)
{
    const Config *config = client->config;
    g_autoptr(GBytes) bytes = NULL;
    int64_t status = 200;
    *ret = (IanaAnswer){ .bytes = NULL };
    bool is_reached = source == IANA_WHOIS
                          ? whois_ask(config->iana_whois, tld, config->iana_timeout_s, &bytes,
                                      &ret->failure)
                          : ask_rdap(client, tld, &status, &bytes, &ret->failure);
    if (!is_reached)
        return;
    if (check_status(status, &ret->failure))
        iana_read(source, tld, g_steal_pointer(&bytes), ret);
    ret->is_reached = true;
}
