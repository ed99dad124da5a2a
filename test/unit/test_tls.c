#include "mail/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL_CTX, SSL_CTX_free)

/* A server with a certificate of its own making, and a client that trusts it. */
typedef struct {
    SSL *server;
    BIO *to_server;
    BIO *from_server;
    TlsTrust *trust;
} Fixture;

typedef struct {
    const char *names; /* subjectAltName; NULL: none, only a common name */
    long valid_from_s; /* from now */
    int max_version;
} Setup;

#define DAY 86400

static const Setup PLAIN = { "DNS:relay.example.org,IP:192.0.2.1", -DAY, TLS1_3_VERSION };

static X509 *certificate_new(EVP_PKEY *key, const Setup *setup)
{
    g_autoptr(X509) cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), setup->valid_from_s);
    X509_gmtime_adj(X509_getm_notAfter(cert), setup->valid_from_s + 2 * DAY);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *) "relay.example.org", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    if (setup->names != NULL) {
        X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
                                                    setup->names);
        X509_add_ext(cert, names, -1);
        X509_EXTENSION_free(names);
    }
    g_assert_cmpint(X509_sign(cert, key, EVP_sha256()), >, 0);
    return g_steal_pointer(&cert);
}

/* The client reads what it trusts from a file. */
static TlsTrust *trust_new(X509 *cert)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) err = NULL;
    int fd = g_file_open_tmp("muster-test-XXXXXX", &path, &err);
    g_assert_no_error(err);
    FILE *file = fdopen(fd, "w");

    g_assert_cmpint(PEM_write_X509(file, cert), ==, 1);
    fclose(file);
    TlsTrust *trust = tls_trust_new(path, &err);
    g_assert_no_error(err);
    unlink(path);
    return trust;
}

static void set_up(Fixture *f, const void *data)
{
    const Setup *setup = data;
    g_autoptr(EVP_PKEY) key = EVP_EC_gen("P-256");
    g_autoptr(X509) cert = certificate_new(key, setup);
    g_autoptr(SSL_CTX) ctx = SSL_CTX_new(TLS_server_method());

    SSL_CTX_set_security_level(ctx, 0); /* else it would not do TLS 1.1 at all */
    SSL_CTX_set_max_proto_version(ctx, setup->max_version);
    SSL_CTX_use_certificate(ctx, cert);
    SSL_CTX_use_PrivateKey(ctx, key);
    f->server = SSL_new(ctx);
    f->to_server = BIO_new(BIO_s_mem());
    f->from_server = BIO_new(BIO_s_mem());
    SSL_set_bio(f->server, f->to_server, f->from_server);
    SSL_set_accept_state(f->server);
    f->trust = trust_new(cert);
}

static void tear_down(Fixture *f, const void *unused)
{
    SSL_free(f->server);
    tls_trust_free(f->trust);
}

static Tls *client_new(const TlsTrust *trust, const char *host)
{
    g_autoptr(GError) err = NULL;
    Tls *tls = tls_new(trust, host, &err);

    g_assert_no_error(err);
    return tls;
}

static size_t carry_to_server(Fixture *f, Tls *tls, size_t chunk)
{
    const char *bytes = NULL;
    size_t size = MIN(tls_output(tls, &bytes), chunk);

    if (size > 0) {
        BIO_write(f->to_server, bytes, (int) size);
        tls_wrote(tls, size);
    }
    return size;
}

static size_t carry_to_client(Fixture *f, Tls *tls, size_t chunk)
{
    char bytes[20000];
    int size = BIO_read(f->from_server, bytes, (int) MIN(chunk, sizeof bytes));

    if (size > 0)
        tls_feed(tls, bytes, (size_t) size);
    return size > 0 ? (size_t) size : 0;
}

/* Carries bytes between the two, in pieces, until nothing moves; what they say to each other
 * is appended. */
static bool carry(Fixture *f, Tls *tls, size_t chunk, GString *to_server, GString *to_client,
                  GError **err)
{
    char bytes[20000];
    int size = 0;

    for (size_t moved = 1; moved > 0;) {
        moved = carry_to_server(f, tls, chunk);
        while ((size = SSL_read(f->server, bytes, sizeof bytes)) > 0)
            g_string_append_len(to_server, bytes, size);
        moved += carry_to_client(f, tls, chunk);
        if (!tls_read(tls, to_client, err))
            return false;
    }
    return true;
}

/* Whether a client that wants this host comes to trust the server. */
static bool shakes_hands(Fixture *f, const char *host, GError **err)
{
    g_autoptr(GString) unused = g_string_new(NULL);
    g_autoptr(Tls) tls = client_new(f->trust, host);
    bool is_fine = carry(f, tls, 100000, unused, unused, err);

    g_assert_cmpint(is_fine, ==, tls_is_open(tls));
    return is_fine;
}

static void test_bytes_go_both_ways_however_they_are_cut(Fixture *f, const void *unused)
{
    static const size_t CHUNKS[] = { 1, 7, 1000, 100000 };
    g_autoptr(GString) sent = g_string_new(NULL);
    while (sent->len < 50000)
        g_string_append_printf(sent, "%zu\r\n", sent->len);

    for (size_t i = 0; i < G_N_ELEMENTS(CHUNKS); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(GString) to_server = g_string_new(NULL);
        g_autoptr(GString) to_client = g_string_new(NULL);
        g_autoptr(Tls) tls = client_new(f->trust, "relay.example.org");

        SSL_clear(f->server);
        g_assert_true(carry(f, tls, CHUNKS[i], to_server, to_client, &err));
        g_assert_true(tls_is_open(tls));
        g_assert_cmpint(SSL_version(f->server), ==, TLS1_3_VERSION);
        g_assert_cmpstr(SSL_get_servername(f->server, TLSEXT_NAMETYPE_host_name), ==,
                        "relay.example.org");
        g_assert_true(tls_write(tls, sent->str, sent->len, &err));
        g_assert_true(tls_write(tls, "", 0, &err));
        SSL_write(f->server, sent->str, (int) sent->len);
        g_assert_true(carry(f, tls, CHUNKS[i], to_server, to_client, &err));
        g_assert_no_error(err);
        g_assert_true(g_string_equal(to_server, sent));
        g_assert_true(g_string_equal(to_client, sent));
    }
}

static void test_host_must_be_the_one_asked_for(Fixture *f, const void *unused)
{
    static const struct {
        const char *host;
        bool want;
    } CASES[] = {
        { "relay.example.org", true },
        { "RELAY.example.org", true },
        { "192.0.2.1", true },
        { "relay.example.net", false },
        { "example.org", false },
        { "a.relay.example.org", false },
        { "192.0.2.2", false },
        { "2001:db8::1", false },
        { "relay.example.org.evil.example", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_test_message("%s", CASES[i].host);
        SSL_clear(f->server);
        g_assert_cmpint(shakes_hands(f, CASES[i].host, &err), ==, CASES[i].want);
        if (!CASES[i].want) {
            g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
            g_assert_nonnull(strstr(err->message, "is not to be trusted"));
            g_assert_nonnull(strstr(err->message, CASES[i].host));
        }
    }
}

static void test_wildcard_is_for_one_label(Fixture *f, const void *unused)
{
    g_assert_true(shakes_hands(f, "mx1.example.org", NULL));
    SSL_clear(f->server);
    g_assert_false(shakes_hands(f, "a.mx1.example.org", NULL));
    SSL_clear(f->server);
    g_assert_false(shakes_hands(f, "relay.example.net", NULL)); /* r*.example.net */
}

static void test_refused(Fixture *f, const void *unused)
{
    g_autoptr(GError) err = NULL;

    g_assert_false(shakes_hands(f, "relay.example.org", &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
}

static void test_strange_authority_is_refused(Fixture *f, const void *unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(EVP_PKEY) other_key = EVP_EC_gen("P-256");
    g_autoptr(X509) other = certificate_new(other_key, &PLAIN);

    tls_trust_free(f->trust);
    f->trust = trust_new(other);
    g_assert_false(shakes_hands(f, "relay.example.org", &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);

    tls_trust_free(f->trust);
    f->trust = tls_trust_new(NULL, NULL); /* the system's */
    SSL_clear(f->server);
    g_assert_false(shakes_hands(f, "relay.example.org", NULL));
}

static void test_refusal_is_told_to_the_server(Fixture *f, const void *unused)
{
    const char *alert = NULL;
    g_autoptr(GString) ignored = g_string_new(NULL);
    g_autoptr(Tls) tls = client_new(f->trust, "relay.example.net");

    g_assert_false(carry(f, tls, 100000, ignored, ignored, NULL));
    g_assert_cmpuint(tls_output(tls, &alert), >, 0);
    g_assert_false(tls_read(tls, ignored, NULL)); /* and so it stays */
}

static void test_what_is_no_tls_is_an_error(Fixture *f, const void *unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GString) plain = g_string_new(NULL);
    g_autoptr(Tls) tls = client_new(f->trust, "relay.example.org");

    tls_feed(tls, "250 no idea\r\n", 13);
    g_assert_false(tls_read(tls, plain, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    g_assert_cmpuint(plain->len, ==, 0);
    g_assert_false(tls_is_open(tls));
}

static void test_changed_byte_is_an_error(Fixture *f, const void *unused)
{
    char bytes[1000];
    g_autoptr(GString) ignored = g_string_new(NULL);
    g_autoptr(GString) plain = g_string_new(NULL);
    g_autoptr(Tls) tls = client_new(f->trust, "relay.example.org");

    g_assert_true(carry(f, tls, 100000, ignored, ignored, NULL));
    SSL_write(f->server, "250 ok\r\n", 8);
    int size = BIO_read(f->from_server, bytes, sizeof bytes);
    g_assert_cmpint(size, >, 10);
    bytes[size - 1] ^= 1;
    tls_feed(tls, bytes, (size_t) size);
    g_assert_false(tls_read(tls, plain, NULL));
    g_assert_cmpuint(plain->len, ==, 0);
}

static void test_end_of_the_other_side_is_known(Fixture *f, const void *unused)
{
    g_autoptr(GString) ignored = g_string_new(NULL);
    g_autoptr(Tls) tls = client_new(f->trust, "relay.example.org");

    g_assert_true(carry(f, tls, 100000, ignored, ignored, NULL));
    g_assert_false(tls_is_closed(tls));
    SSL_shutdown(f->server);
    g_assert_true(carry(f, tls, 100000, ignored, ignored, NULL));
    g_assert_true(tls_is_closed(tls));
    tls_close(tls);
    g_assert_true(carry(f, tls, 100000, ignored, ignored, NULL));
    g_assert_true((SSL_get_shutdown(f->server) & SSL_RECEIVED_SHUTDOWN) != 0);
}

static void test_mistakes_of_the_settings_are_told(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(TlsTrust) trust = tls_trust_new(NULL, NULL);

    g_assert_null(tls_trust_new("/nonexistent/ca.pem", &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_clear_error(&err);
    g_assert_null(tls_trust_new("/dev/null", &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_clear_error(&err);
    g_assert_null(tls_new(trust, "", &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

static const Setup WILDCARD = { "DNS:*.example.org,DNS:r*.example.net", -DAY, TLS1_3_VERSION };
static const Setup EXPIRED = { "DNS:relay.example.org", -3 * DAY, TLS1_3_VERSION };
static const Setup NOT_YET = { "DNS:relay.example.org", DAY, TLS1_3_VERSION };
static const Setup NAMELESS = { NULL, -DAY, TLS1_3_VERSION };
static const Setup OLD = { "DNS:relay.example.org", -DAY, TLS1_1_VERSION };

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        const Setup *setup;
        void (*test)(Fixture *f, const void *unused);
    } TESTS[] = {
        { "/tls/bytes", &PLAIN, test_bytes_go_both_ways_however_they_are_cut },
        { "/tls/host", &PLAIN, test_host_must_be_the_one_asked_for },
        { "/tls/wildcard", &WILDCARD, test_wildcard_is_for_one_label },
        { "/tls/expired", &EXPIRED, test_refused },
        { "/tls/not-yet-valid", &NOT_YET, test_refused },
        { "/tls/common-name-only", &NAMELESS, test_refused },
        { "/tls/version-1.1", &OLD, test_refused },
        { "/tls/authority", &PLAIN, test_strange_authority_is_refused },
        { "/tls/alert", &PLAIN, test_refusal_is_told_to_the_server },
        { "/tls/no-tls", &PLAIN, test_what_is_no_tls_is_an_error },
        { "/tls/changed", &PLAIN, test_changed_byte_is_an_error },
        { "/tls/end", &PLAIN, test_end_of_the_other_side_is_known },
    };
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(TESTS); i++)
        g_test_add(TESTS[i].name, Fixture, TESTS[i].setup, set_up, TESTS[i].test, tear_down);
    g_test_add_func("/tls/settings", test_mistakes_of_the_settings_are_told);
    return g_test_run();
}
