/* The text of one message as LMTP brings it: takes the doubled dots out (RFC 5321 4.5.2), finds
 * the end, counts, and looks for what may not be in it.
 *
 * Only CRLF "." CRLF ends DATA. A bare CR or LF never ends a line here, so no "\n.\n",
 * "\n.\r\n" or "\r.\r" ends a message, and no command can be smuggled in behind one. What holds
 * a fault is read to its end all the same, but not kept. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Of several faults the last one in this list counts, in whatever order they come, so that the
 * answer does not hang on how the bytes were cut. */
typedef enum {
    LMTP_FAULT_NONE,
    LMTP_FAULT_DROPPED, /* our memory was used up */
    LMTP_FAULT_SIZE,
    LMTP_FAULT_LINE, /* longer than LMTP_DATA_LINE_MAX */
    LMTP_FAULT_NUL,
    LMTP_FAULT_BARE, /* a CR or LF on its own */
} LmtpFault;

typedef struct {
    GString *text; /* NULL as soon as there is a fault */
    int64_t size;  /* bytes so far, whether kept or not */
    int64_t size_max;
    size_t line_size; /* bytes of the line so far */
    int place;        /* in the grammar, see lmtp_body.c */
    LmtpFault fault;
} LmtpBody;

void lmtp_body_init(LmtpBody *body, int64_t size_max);
void lmtp_body_clear(LmtpBody *body);

/* Takes bytes of DATA; the answer is how many. *ret_has_ended if the last one of them ends the
 * message; otherwise all are taken. */
size_t lmtp_body_take_dotted(LmtpBody *body, const char *bytes, size_t size,
                             bool *ret_has_ended);

/* Takes all of these bytes of BDAT, which has no dots. */
void lmtp_body_take_plain(LmtpBody *body, const char *bytes, size_t size);

/* After the last BDAT: ends a last line that has no end. */
void lmtp_body_end_plain(LmtpBody *body);

void lmtp_body_fail(LmtpBody *body, LmtpFault fault);
