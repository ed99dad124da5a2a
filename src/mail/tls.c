#include "mail/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/err.h"

struct TlsTrust {
    SSL_CTX *ctx;
};

struct Tls {
    SSL *ssl;
    BIO *from_network; /* both owned by ssl */
    BIO *to_network;
    char *host;
};

/* The oldest error, as the later ones follow from it; forgets them all. */
static const char *take_reason(void)
{
    const char *text = ERR_reason_error_string(ERR_get_error());

    ERR_clear_error();
    return text != NULL ? text : "no reason given";
}

TlsTrust *tls_trust_new(const char *ca_file, GError **err)
{
    g_autoptr(TlsTrust) trust = g_new0(TlsTrust, 1);

    trust->ctx = SSL_CTX_new(TLS_client_method());
    if (trust->ctx == NULL || SSL_CTX_set_min_proto_version(trust->ctx, TLS1_2_VERSION) != 1)
        g_error("could not set up TLS: %s", take_reason());
    SSL_CTX_set_verify(trust->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(trust->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    int is_loaded = ca_file != NULL ? SSL_CTX_load_verify_file(trust->ctx, ca_file)
                                    : SSL_CTX_set_default_verify_paths(trust->ctx);
    if (is_loaded != 1) {
        err_set(err, ERR_INVALID, "could not read certificates from \"%s\": %s",
                ca_file != NULL ? ca_file : "the system's store", take_reason());
        return NULL;
    }
    return g_steal_pointer(&trust);
}

void tls_trust_free(TlsTrust *trust)
{
    if (trust == NULL)
        return;
    SSL_CTX_free(trust->ctx);
    g_free(trust);
}

static bool is_ip_address(const char *host)
{
    struct in6_addr unused;

    return inet_pton(AF_INET, host, &unused) == 1 || inet_pton(AF_INET6, host, &unused) == 1;
}

/* Whose certificate we want; and for a name, which of its hosts we came to see (SNI). The
 * host is not changed, but a macro of OpenSSL casts a const away. */
static bool expect_host(SSL *ssl, char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    if (is_ip_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    /* An empty name would be no check at all. */
    return host[0] != '\0' && X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}

Tls *tls_new(const TlsTrust *trust, const char *host, GError **err)
{
    g_autoptr(Tls) tls = g_new0(Tls, 1);

    tls->host = g_strdup(host);
    tls->ssl = SSL_new(trust->ctx);
    tls->from_network = BIO_new(BIO_s_mem());
    tls->to_network = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->from_network == NULL || tls->to_network == NULL)
        g_error("could not set up TLS: %s", take_reason());
    SSL_set_bio(tls->ssl, tls->from_network, tls->to_network);
    if (!expect_host(tls->ssl, tls->host)) {
        ERR_clear_error();
        err_set(err, ERR_INVALID, "\"%s\" is no host that a certificate could be for", host);
        return NULL;
    }
    SSL_set_connect_state(tls->ssl);
    (void) SSL_do_handshake(tls->ssl); /* writes the hello; the rest is up to tls_read */
    return g_steal_pointer(&tls);
}

void tls_free(Tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    g_free(tls->host);
    g_free(tls);
}

void tls_feed(Tls *tls, const char *bytes, size_t size)
{
    size_t unused;

    if (size > 0 && BIO_write_ex(tls->from_network, bytes, size, &unused) != 1)
        g_error("could not keep what came over TLS: %s", take_reason());
}

static bool fail(const Tls *tls, GError **err)
{
    long verdict = SSL_get_verify_result(tls->ssl);

    if (verdict == X509_V_OK)
        return err_set(err, ERR_TEMPORARY, "TLS with \"%s\" failed: %s", tls->host,
                       take_reason());
    ERR_clear_error();
    return err_set(err, ERR_TEMPORARY, "the certificate of \"%s\" is not to be trusted: %s",
                   tls->host, X509_verify_cert_error_string(verdict));
}

bool tls_read(Tls *tls, GString *ret_plain, GError **err)
{
    char bytes[16384]; /* one record */
    size_t size = 0;

    ERR_clear_error();
    while (SSL_read_ex(tls->ssl, bytes, sizeof bytes, &size) == 1)
        g_string_append_len(ret_plain, bytes, (gssize) size);
    int error = SSL_get_error(tls->ssl, 0);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN)
        return true;
    return fail(tls, err);
}

bool tls_is_open(const Tls *tls)
{
    return SSL_is_init_finished(tls->ssl);
}

bool tls_is_closed(const Tls *tls)
{
    return (SSL_get_shutdown(tls->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool tls_write(Tls *tls, const char *bytes, size_t size, GError **err)
{
    size_t unused;

    g_assert(tls_is_open(tls));
    ERR_clear_error();
    if (size > 0 && SSL_write_ex(tls->ssl, bytes, size, &unused) != 1)
        return fail(tls, err);
    return true;
}

void tls_close(Tls *tls)
{
    if (tls_is_open(tls))
        (void) SSL_shutdown(tls->ssl); /* the alert is all we want of it */
    ERR_clear_error();
}

size_t tls_output(const Tls *tls, const char **ret_bytes)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(tls->to_network, &bytes);

    *ret_bytes = bytes;
    return size > 0 ? (size_t) size : 0;
}

void tls_wrote(Tls *tls, size_t size)
{
    char written[4096];
    size_t part = 0;

    for (; size > 0; size -= part) {
        if (BIO_read_ex(tls->to_network, written, MIN(size, sizeof written), &part) != 1)
            g_error("could not go on with TLS: %s", take_reason());
    }
}
