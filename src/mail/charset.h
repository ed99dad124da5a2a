/* Character sets: bytes of a mail into UTF-8. The C library loads most of them from disk when
 * they are first asked for, which a reader in its sandbox cannot do: they are held open first.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Loads the named sets (char *, see census_charsets) and keeps them open for as long as the
 * process lives. Names that nobody knows are passed over. */
void charset_hold(const GPtrArray *names);

bool charset_is_known(const char *name);

/* Bytes in the named set as UTF-8. If the set is NULL or not known, the bytes are UTF-8 if they
 * can be, else Windows-1252. What has no meaning there becomes U+FFFD, and *ret_is_broken (may
 * be NULL) true; it is never set to false. NUL becomes a space. */
char *charset_to_utf8(const char *name, const char *bytes, size_t size, bool *ret_is_broken);
