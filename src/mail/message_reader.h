/* What message_read() is made of; for the files message_*.c only. */
#pragma once

#include <gmime/gmime.h>

#include "mail/message.h"

/* Adds a notice, unless it is there already. */
void message_note(Message *message, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Whether an array of the message can take one more element; notes it if not. */
bool message_has_room(Message *message, const GPtrArray *array, const char *what);

/* One clean line: line breaks and runs of white space are one space each, other characters that
 * may not stand go, and what is over MESSAGE_VALUE_MAX, with a notice. NULL if nothing is left.
 * what names the thing in the notice: "Subject". */
char *message_line(Message *message, const char *text, const char *what);

/* Clean text of several lines, of at most MESSAGE_TEXT_MAX bytes: never NULL. */
char *message_lines(Message *message, const char *text);

/* The value of a header field as UTF-8, not decoded: bytes that are not UTF-8 are guessed, with
 * a notice. Line breaks stay. */
char *message_raw_value(Message *message, GMimeHeader *header);

/* A value with its encoded words decoded (RFC 2047), as a clean line, or NULL. */
char *message_decoded_value(Message *message, GMimeHeader *header);

/* What stands in the first pair of angle brackets, or without any the first word. NULL if
 * nothing does. */
char *message_id_of(Message *message, const char *value, const char *what);

void message_read_header(Message *message, GMimeHeaderList *header);

/* Fills in automatic; after header and parts. */
void message_judge_automatic(Message *message, GMimeHeaderList *header);

/* Reads parts, text, is_empty, reports and what was returned. */
void message_read_parts(Message *message, GMimeObject *root);

/* The content of a part, its transfer encoding undone, at most max bytes. */
GBytes *message_content(GMimePart *part, size_t max);

/* The fields of message/delivery-status (RFC 3464), as UTF-8. */
void message_read_reports(Message *message, const char *text);

/* Seeds the hash tables of JSON objects, from /dev/urandom. */
void message_seed_json(void);
