/* One SMTP connection of the sink (RFC 5321, 2920, 6152, 6531, 1870): bytes in, replies out.
 * It is strict where a real server might be: nobody may pipeline what was not offered, or send
 * the message before it was asked for. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "faults.h"
#include "record.h"

/* What all sessions share; borrowed by them. */
typedef struct {
    Record record;
    GPtrArray *faults; /* Fault */
    const char *clock; /* borrowed: file with the time, see Occasion; NULL: the system's */
    bool pipelining;   /* what EHLO offers */
    bool eightbit;
    bool smtputf8;
    uint64_t size_max; /* bytes of a message */
} SinkState;

typedef struct {
    SinkState *shared; /* borrowed */
    GString *sender;
    GString *recipients; /* each ends with NUL */
    unsigned n_recipients;
    GString *head;  /* of the message, as far as it came in pieces; all of it if it is kept */
    uint64_t size;  /* of the message so far */
    bool in_mail;   /* between MAIL and the end of the message */
    bool in_data;   /* the message is coming */
    bool at_start;  /* and nothing of it came yet */
    bool is_silent; /* by a fault */
    bool is_slow;   /* by a fault: its replies go out a byte in a second */
    bool is_over;   /* close it after its replies are sent */
} Session;

void session_init(Session *s, SinkState *shared, GString *out);
void session_clear(Session *s);

/* Takes what has come, appends the replies, and returns how many of the bytes it is done with:
 * the rest is an unfinished line and comes again with what follows. */
size_t session_feed(Session *s, const char *bytes, size_t size, int64_t now_us, GString *out);
