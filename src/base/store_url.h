/* The URL of a store, in which a password may stand. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Whether it is sqlite:PATH or postgresql://..., and which part is the password; ERR_INVALID if
 * not. */
bool store_url_check(const char *url, GError **err);

bool store_url_is_postgres(const char *url);

/* For people and logs: what may be a password is left out. */
char *store_url_shown(const char *url);
