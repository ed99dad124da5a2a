/* The secret of an installation: 32 random bytes in a file, as 64 hex digits and a line end.
 * Keys are derived from it, so whoever reads it can forge bounces and tokens. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define SECRET_SIZE 32 /* bytes */

/* Makes a new file, readable by its owner only and safely on the disk when this returns. Fails
 * with ERR_EXISTS if there is one: a secret is never overwritten. */
bool secret_create(const char *path, GError **err);

/* *ret_secret is SECRET_SIZE bytes. Fails with ERR_NOT_FOUND if there is no file, ERR_DENIED if
 * we may not read it or others may, ERR_INVALID if it holds anything else. A group may read it,
 * so that roles can run as different users. */
bool secret_load(const char *path, GBytes **ret_secret, GError **err);

/* The first line of a file that somebody else wrote, such as a password. Fails with
 * ERR_NOT_FOUND if it cannot be read. */
bool secret_read_line(const char *path, char **ret_line, GError **err);
