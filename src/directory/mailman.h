/* Contacts from the lists of members that Mailman prints: a real name, which a pattern takes
 * apart, and an address for each line. Empty lines and lines that begin with "#" are passed
 * over. A line that cannot be read becomes one with a fault; a bare address does too, as
 * nothing says whom it is of. ERR_LIMIT if the file is too large.
 *
 * People who are on the list with two addresses have two lines that say the same: one becomes
 * the second address of the other. The one inside the TLD is the primary one, else the first.
 */
#pragma once

#include "directory/import_line.h"
#include "directory/name_pattern.h"

/* Mailman 2.1, `list_members -f LIST`: formatted as RFC 5322 does, names quoted with escapes.
 * Letters outside ASCII come as "?", which is lost. Digest members follow without a mark. */
bool mailman2_read(const char *bytes, size_t size, const NamePattern *pattern,
                   ImportFile *ret_file, GError **err);

/* Mailman 3, `mailman members LIST`: `name <address>`, never quoted, so the name ends at the
 * last " <". Also what its addmembers reads: `"name" <address>` and `address (name)`. */
bool mailman3_read(const char *bytes, size_t size, const NamePattern *pattern,
                   ImportFile *ret_file, GError **err);
