/* The header of a raw mail, edited at byte level: fields can be read, removed, replaced and
 * added, and whatever nobody touched comes out byte for byte as it came in, so that a DKIM
 * signature over it survives. The body is never copied. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Head Head;

/* Which characters a value that we write may have beside printable ASCII. */
typedef enum {
    HEAD_ASCII, /* none: everything else must be encoded already (mail/encode.h) */
    HEAD_UTF8,  /* UTF-8: the mail then needs SMTPUTF8 on its way (RFC 6532) */
} HeadCharset;

/* Reads the header of a mail whose lines end in CRLF. The mail may lack a body, an empty line,
 * or a header: if its first line is neither a field nor a continuation nor an mbox "From "
 * line, all of it is body. Keeps a reference on mail. Lines that are no fields stay where they
 * are, see head_malformed(). Fails with ERR_INVALID if the header has a NUL, a bare CR or a
 * bare LF, which readers cut into fields in different ways, or is larger than
 * MESSAGE_HEADER_MAX. */
Head *head_parse(GBytes *mail, GError **err);

void head_free(Head *head);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Head, head_free)

/* Where the body starts in the mail that was parsed: behind the empty line, or the size of the
 * mail if there is none. Editing does not change it. */
size_t head_body_offset(const Head *head);

/* Field names compare without regard to case, and "From : x" counts as a From field, since
 * RFC 5322 section 4.5 wants it read and many readers do. */
size_t head_count(const Head *head, const char *name);

/* The value of field number n (from 0, from the top) of that name, unfolded and without white
 * space around it; NULL if there are not that many. These are bytes from outside: they need not
 * be UTF-8, and encoded words are not decoded. */
char *head_get(const Head *head, const char *name, size_t n);

/* How many fields called `other` stand above field number n of that name, which must be there.
 */
size_t head_count_above(const Head *head, const char *name, size_t n, const char *other);

/* Removes all fields of that name and says how many. */
size_t head_remove(Head *head, const char *name);

/* Removes all fields for which test is true and says how many. Lines that are no fields stay.
 */
typedef bool (*HeadTest)(const char *name, const char *value, const void *data);
size_t head_remove_if(Head *head, HeadTest test, const void *data);

/* Adds a field at the end. The value is one logical line: it is folded at white
 * space to keep lines within 76 columns where possible. Fails with ERR_INVALID if the name is
 * no field name, the value has a control character (so no CR or LF: nothing can be injected) or
 * one outside the charset, or a word without white space would exceed a line (RFC 5322: 998).
 */
bool head_append(Head *head, const char *name, const char *value, HeadCharset charset,
                 GError **err);

/* Replaces the first field of that name in its place and removes the others; appends one if
 * there is none. Fails as head_append() does, and then changes nothing. */
bool head_set(Head *head, const char *name, const char *value, HeadCharset charset,
              GError **err);

/* How many entries different readers may understand in different ways: lines without a colon, a
 * continuation as first line, an mbox "From " line, a name with a space or a byte that no name
 * may have, a continuation line of nothing but white space. */
size_t head_malformed(const Head *head);

/* Leaves only what every reader understands alike: drops lines that are no fields, the space
 * before a colon, and continuation lines of nothing but white space (which relaxed DKIM does
 * not see). Well-formed fields are not touched. */
void head_repair(Head *head);

/* The header with the empty line behind it, to be followed by the body. If nothing was changed
 * these are the first head_body_offset() bytes of the mail, so the empty line is missing if it
 * was missing there. */
GBytes *head_format(const Head *head);
