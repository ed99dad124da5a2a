/* Encoded words (RFC 2047) in fields from outside. */
#pragma once

#include <stdbool.h>

/* Whether an encoded word in the value holds a carriage return, a line feed or a NUL, which no
 * honest writer puts there: software that decodes a field before it cuts the header into lines
 * would find fields behind it. Reads leniently, as such software does. */
bool encoded_word_hides_break(const char *value);
