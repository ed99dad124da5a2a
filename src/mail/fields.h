/* Blocks of fields inside of a text, as in message/delivery-status and in headers that came
 * back: name, colon, value, folded as in RFC 5322. */
#pragma once

#include <glib.h>

typedef struct {
    char *name;  /* lower case */
    char *value; /* unfolded, without blanks around it */
} Field;

void field_free(Field *field);

/* Reads the next block, up to an empty line or the end, and moves *text behind it. Empty lines
 * before the block and lines that are no fields are passed over; of the fields the first 100
 * are kept. Returns Field * in their order; empty if the text is at its end. */
GPtrArray *fields_read(const char **text);

/* Borrowed: the first value of that name (lower case), NULL if there is none. */
const char *fields_get(const GPtrArray *fields, const char *name);
