/* Text from outside: checked, made printable, cleaned, measured. All text is UTF-8. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* What text_clean changed, as bits. */
typedef enum {
    TEXT_INVALID = 1 << 0,     /* bytes that are not UTF-8 were dropped */
    TEXT_CONTROL = 1 << 1,     /* control characters were dropped */
    TEXT_INVISIBLE = 1 << 2,   /* zero-width, bidi and other unseen characters were dropped */
    TEXT_SPACE = 1 << 3,       /* unusual or repeated spaces became one space */
    TEXT_PUNCTUATION = 1 << 4, /* typographic quotes and dashes became plain ones */
} TextChange;

/* Well-formed UTF-8 without NUL. */
bool text_is_valid(const char *bytes, size_t size);

/* For replies, log lines and pages: never fails, never holds a control character, and cannot
 * turn the reading direction. Bytes that are not UTF-8 and control characters show as "\x0a",
 * unseen characters as "<U+202E>"; everything else stays. The result is for people: it is not
 * meant to be read back. */
char *text_printable(const char *bytes, size_t size);

/* The same, of at most max_size bytes; "..." ends what was cut. max_size is at least 16. */
char *text_printable_max(const char *bytes, size_t size, size_t max_size);

/* A name from outside as we keep it (R117, R118): NFC, no control or unseen characters, plain
 * quotes, dashes and spaces, trimmed; every script stays. *ret_changes (may be NULL) says what
 * a person should be told; NFC and trimming are not worth a notice. A fixed point. */
char *text_clean(const char *text, unsigned *ret_changes);

/* The notice for *ret_changes: "control characters were removed, ...". NULL if it is 0. */
char *text_changes(unsigned changes);

/* Unicode NFC. Input that is not UTF-8 comes back as it is. */
char *text_nfc(const char *text);

/* A printable ASCII form for plain lists (R117): accents stripped, Latin, Cyrillic and Greek
 * letters transliterated, typography plain. NULL if something in it has no such form (Han,
 * Arabic, ...) or nothing is left. */
char *text_ascii(const char *text);

/* A search key: equal for texts that differ in case, accents, width or normalisation only.
 * Scripts are not changed into each other. A fixed point. Input that is not UTF-8 comes back as
 * it is. */
char *text_fold(const char *text);

/* Columns on a terminal: East Asian wide characters take 2, combining ones none. */
size_t text_width(const char *text);

/* Fills up with spaces to so many columns; what is wider already stays whole. */
char *text_pad(const char *text, size_t columns);

/* The beginning of valid UTF-8, of at most max_chars characters (code points), cut where a
 * reader sees a border between characters. */
char *text_truncate(const char *text, size_t max_chars);

/* Lines (char *) one below the other, without a line feed at the end. */
char *text_join(const GPtrArray *lines);
