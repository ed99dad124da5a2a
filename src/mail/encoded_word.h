/* Encoded words (RFC 2047) in fields from outside. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Whether an encoded word in the value holds a carriage return, a line feed or a NUL, which no
 * honest writer puts there: software that decodes a field before it cuts the header into lines
 * would find fields behind it. Reads leniently, as such software does. */
bool encoded_word_hides_break(const char *value);

/* A value whose adjacent base64 words of one character set are one word. GMime 3.2.13 decodes
 * adjacent words as one stream and stops at the padding that a word ends in, so all text behind
 * it would be lost; many mail programs write such subjects. */
char *encoded_word_join(const char *value);
