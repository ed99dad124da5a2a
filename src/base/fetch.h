/* Fetching by HTTP and HTTPS: what a server has under an address. The HTTP client is a program
 * of its own, muster-fetch (src/fetch), that we start when something is first asked for and
 * talk to over a socket: so no other process of ours loads libcurl with the libraries that it
 * brings, and what a server can do to an HTTP client happens to one that has no store open,
 * knows no secret and can write no file.
 *
 * It follows no redirect, takes certificates that fit only, and no longer than its time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Fetch Fetch;

/* accept is the media type to ask for; ca_file, which may be NULL for the system's, holds the
 * certificates to trust. Starts nothing yet. */
Fetch *fetch_new(const char *accept, const char *ca_file, int64_t timeout_s);
void fetch_free(Fetch *fetch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fetch, fetch_free)

/* Asks for an address, https:// or http://. An answer is an answer, whatever its status;
 * *ret_body may be empty. Fails with ERR_TEMPORARY (no connection, no fitting certificate, no
 * full answer in time), ERR_LIMIT (a body of more than FETCH_SIZE_MAX bytes), ERR_NOT_FOUND
 * (the program is not there). */
bool fetch_get(Fetch *fetch, const char *url, int64_t *ret_status, GBytes **ret_body,
               GError **err);

/* Whether the server can have got the question of the last fetch_get, though that failed: false
 * if there was no connection to it, or none that could be trusted. */
bool fetch_was_asked(const Fetch *fetch);
