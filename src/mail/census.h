/* Census: what a mail holds, counted on its bytes before GMime sees them. GMime 3.2.13
 * overflows its stack on long headers with many groups and needs seconds for very many parts,
 * so that a mail over these limits is refused here. The count never stays below what GMime
 * would meet: where MIME can be read in two ways, the greater number stands. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* ERR_INVALID, with what and the limit, if the header of the mail or of a part is longer than
 * MESSAGE_HEADER_MAX, a field has more than MESSAGE_COLONS_MAX colons (groups of addresses),
 * more than MESSAGE_DEPTH_MAX boundaries are declared, or more than MESSAGE_PARTS_MAX lines are
 * delimiters of a declared boundary. Lines end in LF or CRLF. *ret_parts (may be NULL) is the
 * number of headers: of the mail, its parts, and the messages in them. */
bool census_check(GBytes *mail, int64_t *ret_parts, GError **err);

/* The names of character sets that occur in encoded words (RFC 2047), "charset=" parameters and
 * extended values (RFC 2231) anywhere in the mail: char *, lower case, each once, the first
 * MESSAGE_CHARSETS_MAX of them. Only letters, digits and "-_.:+" occur in a name. */
GPtrArray *census_charsets(GBytes *mail);
