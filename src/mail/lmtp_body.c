#include "mail/lmtp_body.h"

#include <string.h>

#include "base/limits.h"

enum {
    AT_LINE_START,
    AFTER_DOT,    /* the first byte of the line: doubled, or the end */
    AFTER_DOT_CR, /* the dot was the whole line, if a LF follows */
    IN_LINE,
    AFTER_CR,
};

void lmtp_body_init(LmtpBody *body, int64_t size_max)
{
    *body = (LmtpBody){ .text = g_string_new(NULL), .size_max = size_max };
}

void lmtp_body_clear(LmtpBody *body)
{
    if (body->text != NULL)
        g_string_free(body->text, TRUE);
    *body = (LmtpBody){ 0 };
}

void lmtp_body_fail(LmtpBody *body, LmtpFault fault)
{
    body->fault = MAX(body->fault, fault);
    if (body->text != NULL)
        g_string_free(g_steal_pointer(&body->text), TRUE);
}

static void keep(LmtpBody *body, const char *bytes, size_t size)
{
    body->size += (int64_t) size;
    if (body->size > body->size_max)
        lmtp_body_fail(body, LMTP_FAULT_SIZE);
    if (body->text != NULL)
        g_string_append_len(body->text, bytes, (gssize) size);
}

static size_t take_run(LmtpBody *body, const char *bytes, size_t size)
{
    const char *cr = memchr(bytes, '\r', size);
    size_t run = cr != NULL ? (size_t) (cr - bytes) : size;

    if (memchr(bytes, '\n', run) != NULL)
        lmtp_body_fail(body, LMTP_FAULT_BARE);
    if (memchr(bytes, '\0', run) != NULL)
        lmtp_body_fail(body, LMTP_FAULT_NUL);
    body->line_size += run;
    if (body->line_size > LMTP_DATA_LINE_MAX)
        lmtp_body_fail(body, LMTP_FAULT_LINE);
    keep(body, bytes, run);
    if (cr == NULL)
        return run;
    body->place = AFTER_CR;
    return run + 1;
}

/* Behind a CR: a LF ends the line; anything else stays, to be looked at as part of the line. */
static size_t take_line_end(LmtpBody *body, char next)
{
    if (next != '\n') {
        lmtp_body_fail(body, LMTP_FAULT_BARE);
        body->place = IN_LINE;
        return 0;
    }
    keep(body, "\r\n", 2);
    body->line_size = 0;
    body->place = AT_LINE_START;
    return 1;
}

static size_t take_dot(LmtpBody *body, char next)
{
    if (body->place == AT_LINE_START && next == '.') {
        body->place = AFTER_DOT;
        return 1;
    }
    if (body->place == AFTER_DOT && next == '\r') {
        body->place = AFTER_DOT_CR;
        return 1;
    }
    body->place = IN_LINE;
    return 0;
}

static size_t take_some(LmtpBody *body, const char *bytes, size_t size)
{
    switch (body->place) {
    case AT_LINE_START:
    case AFTER_DOT:
        return take_dot(body, bytes[0]);
    case AFTER_DOT_CR: /* no LF, see lmtp_body_take_dotted: the CR is bare */
    case AFTER_CR:
        return take_line_end(body, bytes[0]);
    default:
        return take_run(body, bytes, size);
    }
}

size_t lmtp_body_take_dotted(LmtpBody *body, const char *bytes, size_t size,
                             bool *ret_has_ended)
{
    size_t taken = 0;

    *ret_has_ended = false;
    while (taken < size) {
        if (body->place == AFTER_DOT_CR && bytes[taken] == '\n') {
            *ret_has_ended = true;
            return taken + 1;
        }
        taken += take_some(body, bytes + taken, size - taken);
    }
    return taken;
}

void lmtp_body_take_plain(LmtpBody *body, const char *bytes, size_t size)
{
    for (size_t taken = 0; taken < size;) {
        if (body->place == AT_LINE_START)
            body->place = IN_LINE;
        taken += take_some(body, bytes + taken, size - taken);
    }
}

void lmtp_body_end_plain(LmtpBody *body)
{
    if (body->place == AFTER_CR)
        lmtp_body_fail(body, LMTP_FAULT_BARE);
    else if (body->place == IN_LINE)
        keep(body, "\r\n", 2);
}
