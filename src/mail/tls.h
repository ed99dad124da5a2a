/* TLS, the client's side: turns plain bytes into encrypted ones and back; no socket. TLS 1.2 or
 * later; the certificate must be valid, of a trusted authority, and for the host that was asked
 * for. There is no way to switch that off.
 *
 * The owner feeds what it reads, writes what tls_output gives, and passes plain bytes through
 * tls_read and tls_write. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct TlsTrust TlsTrust;
typedef struct Tls Tls;

/* The authorities to trust: a file of certificates in PEM, or those of the system if ca_file is
 * NULL. One for all connections. Fails with ERR_INVALID if the file has none that can be read.
 */
TlsTrust *tls_trust_new(const char *ca_file, GError **err);
void tls_trust_free(TlsTrust *trust);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsTrust, tls_trust_free)

/* Begins a handshake with a host: its name in A-labels, or its IP address as text. Fails with
 * ERR_INVALID if it is neither. */
Tls *tls_new(const TlsTrust *trust, const char *host, GError **err);
void tls_free(Tls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tls, tls_free)

/* Takes bytes from the network. */
void tls_feed(Tls *tls, const char *bytes, size_t size);

/* Works on what was fed, the handshake first: appends what came in plain to ret_plain. Fails
 * with ERR_TEMPORARY, also if the certificate is not to be trusted: that can be repaired, and
 * the mail waits. Then tls_output still has the alert for the peer, but nothing else works. */
bool tls_read(Tls *tls, GString *ret_plain, GError **err);

/* The handshake is done and the peer is who it should be. */
bool tls_is_open(const Tls *tls);

/* The peer said that it sends no more. A connection that ends without it was cut. */
bool tls_is_closed(const Tls *tls);

/* Encrypts all of the bytes; only when tls_is_open. Fails with ERR_TEMPORARY. */
bool tls_write(Tls *tls, const char *bytes, size_t size, GError **err);

/* Says that we send no more. */
void tls_close(Tls *tls);

/* What to write to the network; valid until the next call of another function. Then tls_wrote
 * says how much went out. */
size_t tls_output(const Tls *tls, const char **ret_bytes);
void tls_wrote(Tls *tls, size_t size);
