#include "mail/lmtp.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "mail/lmtp_args.h"
#include "mail/lmtp_body.h"

typedef enum { READS_COMMAND, READS_DATA, READS_CHUNK } Mode;

struct Lmtp {
    char *hostname;
    int64_t size_max;
    GString *in; /* what is not worked on yet, from `at` */
    size_t at;
    size_t scanned;    /* bytes from `at` known to hold no LF */
    bool line_is_long; /* its beginning is gone; `last` was the byte before `at` */
    char last;
    Mode mode;
    LmtpStep step;
    unsigned errors; /* since the last message that was taken */

    char *peer_name;       /* NULL before LHLO */
    bool mail_was_refused; /* so the RCPT and DATA behind it are no error of the peer */
    LmtpMessage *message;  /* NULL outside of a transaction */
    LmtpBody body;
    char *recipient; /* asked for */
    bool has_chunks; /* BDAT has begun */
    bool chunk_is_last;
    int64_t chunk_left;
};

static void message_free(LmtpMessage *message)
{
    if (message == NULL)
        return;
    g_free(message->sender);
    g_ptr_array_unref(message->recipients);
    g_bytes_unref(message->data);
    g_free(message->peer_name);
    g_free(message);
}

static void reset(Lmtp *lmtp)
{
    g_clear_pointer(&lmtp->message, message_free);
    g_clear_pointer(&lmtp->recipient, g_free);
    lmtp_body_clear(&lmtp->body);
    lmtp->mail_was_refused = false;
    lmtp->has_chunks = false;
}

void lmtp_free(Lmtp *lmtp)
{
    if (lmtp == NULL)
        return;
    reset(lmtp);
    g_free(lmtp->hostname);
    g_free(lmtp->peer_name);
    g_string_free(lmtp->in, TRUE);
    g_free(lmtp);
}

static bool has_recipients(const Lmtp *lmtp)
{
    return lmtp->message != NULL && lmtp->message->recipients->len > 0;
}

static void reply(GString *out, const char *text)
{
    g_string_append(out, text);
    g_string_append(out, "\r\n");
}

/* Replies are ASCII (RFC 5321 4.2) unless the client asked for more, and of one short line. */
static void reply_reason(GString *out, const char *status, const char *reason)
{
    g_autofree char *text = text_printable_max(reason, strlen(reason), LMTP_REASON_MAX);

    for (char *at = text; *at != '\0'; at++) {
        if (!g_ascii_isprint(*at))
            *at = '?';
    }
    g_string_append_printf(out, "%s %s\r\n", status, text);
}

static void reply_refusal(GString *out, const GError *refusal)
{
    const char *status = err_face(err_kind(refusal))->reply;

    reply_reason(out, status, status[0] == '5' ? refusal->message : "try again later");
}

/* For what a correct client does not send. */
static void refuse(Lmtp *lmtp, const char *text, GString *out)
{
    reply(out, text);
    if (++lmtp->errors >= LMTP_ERRORS_MAX)
        lmtp_end(lmtp, "4.7.0", "too many errors", out);
}

Lmtp *lmtp_new(const LmtpOptions *options, GString *out)
{
    Lmtp *lmtp = g_new0(Lmtp, 1);

    lmtp->hostname = g_strdup(options->hostname);
    lmtp->size_max = options->size_max;
    lmtp->in = g_string_new(NULL);
    g_string_append_printf(out, "220 %s LMTP\r\n", lmtp->hostname);
    return lmtp;
}

void lmtp_end(Lmtp *lmtp, const char *status, const char *why, GString *out)
{
    if (lmtp->step == LMTP_ENDED)
        return;
    g_string_append_printf(out, "421 %s %s %s\r\n", status, lmtp->hostname, why);
    reset(lmtp);
    lmtp->step = LMTP_ENDED;
}

static void run_lhlo(Lmtp *lmtp, char *args, GString *out)
{
    size_t size = strlen(args);

    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isgraph(args[i]))
            size = 0;
    }
    if (size == 0 || size > LMTP_PEER_NAME_MAX) {
        refuse(lmtp, "501 5.5.4 LHLO needs a host name", out);
        return;
    }
    reset(lmtp);
    g_free(lmtp->peer_name);
    lmtp->peer_name = g_strdup(args);
    g_string_append_printf(out,
                           "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                           "250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n"
                           "250 SIZE %" G_GINT64_FORMAT "\r\n",
                           lmtp->hostname, lmtp->size_max);
}

static bool read_address(Lmtp *lmtp, const char *path, const char *status, char **ret_canonical,
                         GString *out)
{
    g_autoptr(GError) err = NULL;

    if (!g_str_is_ascii(path) && !lmtp->message->is_utf8) {
        reply(out, "553 5.6.7 this address needs SMTPUTF8"); /* RFC 6531 3.5 */
        return false;
    }
    if (!address_parse(path, ret_canonical, &err)) {
        reply_reason(out, status, err->message);
        return false;
    }
    return true;
}

static bool open_transaction(Lmtp *lmtp, const LmtpMailArgs *mail, GString *out)
{
    lmtp->message = g_new0(LmtpMessage, 1);
    lmtp->message->recipients = g_ptr_array_new_with_free_func(g_free);
    lmtp->message->data = g_bytes_new(NULL, 0);
    lmtp->message->is_8bit = mail->is_8bit;
    lmtp->message->is_utf8 = mail->is_utf8;
    lmtp->message->peer_name = g_strdup(lmtp->peer_name);
    lmtp_body_init(&lmtp->body, lmtp->size_max);
    if (mail->path[0] != '\0')
        return read_address(lmtp, mail->path, "501 5.1.7", &lmtp->message->sender, out);
    lmtp->message->sender = g_strdup("");
    return true;
}

static void run_mail(Lmtp *lmtp, char *args, GString *out)
{
    LmtpMailArgs mail = { 0 };

    if (lmtp->message != NULL) {
        refuse(lmtp, "503 5.5.1 there is a MAIL already", out);
        return;
    }
    const char *refusal = lmtp->peer_name == NULL ? "503 5.5.1 say LHLO first"
                                                  : lmtp_read_mail(args, &mail);
    if (refusal != NULL)
        refuse(lmtp, refusal, out);
    else if (mail.size > lmtp->size_max)
        reply(out, "552 5.3.4 message is too big");
    else if (open_transaction(lmtp, &mail, out))
        reply(out, "250 2.1.0 sender ok");
    else
        reset(lmtp);
    lmtp->mail_was_refused = lmtp->message == NULL;
}

/* What needs an open transaction. Behind a refused MAIL a pipelining client cannot know yet. */
static void refuse_outside(Lmtp *lmtp, GString *out)
{
    if (lmtp->mail_was_refused)
        reply(out, "503 5.5.1 MAIL was refused");
    else
        refuse(lmtp, "503 5.5.1 say MAIL first", out);
}

static void run_rcpt(Lmtp *lmtp, char *args, GString *out)
{
    const char *path = NULL;

    if (lmtp->message == NULL) {
        refuse_outside(lmtp, out);
        return;
    }
    const char *refusal = lmtp->has_chunks ? "503 5.5.1 RCPT comes before BDAT"
                                           : lmtp_read_rcpt(args, &path);
    if (refusal != NULL)
        refuse(lmtp, refusal, out);
    else if (lmtp->message->recipients->len >= LMTP_RECIPIENTS_MAX)
        reply(out, "452 4.5.3 too many recipients");
    else if (read_address(lmtp, path, "501 5.1.3", &lmtp->recipient, out))
        lmtp->step = LMTP_ASKS_RECIPIENT;
}

const char *lmtp_recipient(const Lmtp *lmtp)
{
    return lmtp->recipient;
}

void lmtp_answer_recipient(Lmtp *lmtp, const GError *refusal, GString *out)
{
    g_assert(lmtp->step == LMTP_ASKS_RECIPIENT);

    lmtp->step = LMTP_NEEDS_BYTES;
    if (refusal != NULL) {
        g_clear_pointer(&lmtp->recipient, g_free);
        reply_refusal(out, refusal);
        return;
    }
    g_ptr_array_add(lmtp->message->recipients, g_steal_pointer(&lmtp->recipient));
    reply(out, "250 2.1.5 recipient ok");
}

static void run_data(Lmtp *lmtp, char *args, GString *out)
{
    if (lmtp->message == NULL) {
        refuse_outside(lmtp, out);
    } else if (lmtp->has_chunks) {
        refuse(lmtp, "503 5.5.1 finish with BDAT LAST", out);
    } else if (!has_recipients(lmtp)) {
        reply(out, "503 5.5.1 no valid recipients"); /* RFC 2033 4.2 */
    } else if (lmtp->body.fault != LMTP_FAULT_NONE) {
        reply(out, "452 4.3.1 no memory for it now, try again later");
        reset(lmtp);
    } else {
        reply(out, "354 end with a dot on a line of its own");
        lmtp->mode = READS_DATA;
    }
}

/* Whether there is a transaction or not, the chunk behind it is read, so that no byte of it is
 * taken for a command. Where its size cannot be read, neither can what follows. */
static void run_bdat(Lmtp *lmtp, char *args, GString *out)
{
    if (lmtp_read_bdat(args, &lmtp->chunk_left, &lmtp->chunk_is_last) != NULL)
        lmtp_end(lmtp, "4.5.4", "write BDAT SIZE or BDAT SIZE LAST", out);
    else
        lmtp->mode = READS_CHUNK;
}

static void run_rset(Lmtp *lmtp, char *args, GString *out)
{
    reset(lmtp);
    reply(out, "250 2.0.0 ok");
}

static void run_noop(Lmtp *lmtp, char *args, GString *out)
{
    reply(out, "250 2.0.0 ok");
}

static void run_vrfy(Lmtp *lmtp, char *args, GString *out)
{
    reply(out, "252 2.0.0 send it, then we will see");
}

static void run_quit(Lmtp *lmtp, char *args, GString *out)
{
    g_string_append_printf(out, "221 2.0.0 %s\r\n", lmtp->hostname);
    reset(lmtp);
    lmtp->step = LMTP_ENDED;
}

static const struct {
    const char *verb;
    bool has_args;
    void (*run)(Lmtp *lmtp, char *args, GString *out); /* args may be written to */
} VERBS[] = {
    /* clang-format off */
    { "LHLO", true,  run_lhlo },
    { "MAIL", true,  run_mail },
    { "RCPT", true,  run_rcpt },
    { "DATA", false, run_data },
    { "BDAT", true,  run_bdat },
    { "RSET", false, run_rset },
    { "NOOP", true,  run_noop },
    { "VRFY", true,  run_vrfy },
    { "QUIT", false, run_quit },
    /* clang-format on */
};

static void run_line(Lmtp *lmtp, char *line, GString *out)
{
    char *args = g_strchomp(line);
    const char *verb = strsep(&args, " ");

    args = args != NULL ? args + strspn(args, " ") : line + strlen(line);
    for (size_t i = 0; i < G_N_ELEMENTS(VERBS); i++) {
        if (g_ascii_strcasecmp(verb, VERBS[i].verb) != 0)
            continue;
        if (!VERBS[i].has_args && args[0] != '\0')
            refuse(lmtp, "501 5.5.4 nothing may follow this command", out);
        else
            VERBS[i].run(lmtp, args, out);
        return;
    }
    refuse(lmtp, "500 5.5.1 command is not known", out);
}

void lmtp_feed(Lmtp *lmtp, const char *bytes, size_t size)
{
    if (lmtp->step == LMTP_ENDED)
        return;
    /* Moving what is left only when it is the smaller half keeps the cost linear. */
    if (lmtp->at > lmtp->in->len / 2 || lmtp->at == lmtp->in->len) {
        g_string_erase(lmtp->in, 0, (gssize) lmtp->at);
        lmtp->at = 0;
    }
    g_string_append_len(lmtp->in, bytes, (gssize) size);
}

/* The end of a line has not come yet. An overlong line is forgotten but for its last byte. */
static void wait_for_line_end(Lmtp *lmtp)
{
    lmtp->scanned = lmtp->in->len - lmtp->at;
    if (lmtp->scanned <= LMTP_LINE_MAX)
        return;
    lmtp->line_is_long = true;
    lmtp->last = lmtp->in->str[lmtp->in->len - 1];
    lmtp->at = lmtp->in->len;
    lmtp->scanned = 0;
}

static bool take_command(Lmtp *lmtp, GString *out)
{
    char *line = lmtp->in->str + lmtp->at;
    char *lf = memchr(line + lmtp->scanned, '\n', lmtp->in->len - lmtp->at - lmtp->scanned);

    if (lf == NULL) {
        wait_for_line_end(lmtp);
        return false;
    }
    size_t size = (size_t) (lf - line);
    char before = size > 0 ? lf[-1] : lmtp->last;
    bool is_long = lmtp->line_is_long || size >= LMTP_LINE_MAX;
    lmtp->at += size + 1;
    lmtp->scanned = 0;
    lmtp->line_is_long = false;
    lmtp->last = '\0';

    if (before != '\r') {
        lmtp_end(lmtp, "4.5.2", "lines must end in CRLF", out);
    } else if (is_long) {
        refuse(lmtp, "500 5.5.2 line is too long", out);
    } else if (memchr(line, '\r', size - 1) != NULL) {
        lmtp_end(lmtp, "4.5.2", "lines must end in CRLF", out);
    } else if (memchr(line, '\0', size - 1) != NULL) {
        refuse(lmtp, "500 5.5.2 NUL is no part of a command", out);
    } else {
        line[size - 1] = '\0';
        run_line(lmtp, line, out);
    }
    return true;
}

static void reply_to_all(Lmtp *lmtp, const char *text, GString *out)
{
    for (unsigned i = 0; i < lmtp->message->recipients->len; i++)
        reply(out, text);
}

static const char *const FAULT_REPLIES[] = {
    [LMTP_FAULT_DROPPED] = "452 4.3.1 no memory for it now, try again later",
    [LMTP_FAULT_SIZE] = "552 5.3.4 message is too big",
    [LMTP_FAULT_LINE] = "550 5.6.0 message has a line that is too long",
    [LMTP_FAULT_NUL] = "550 5.6.0 message has a NUL in it",
    [LMTP_FAULT_BARE] = "550 5.6.0 message has a CR or LF on its own",
};

static void finish_message(Lmtp *lmtp, GString *out)
{
    LmtpFault fault = lmtp->body.fault;

    lmtp->mode = READS_COMMAND;
    if (fault == LMTP_FAULT_NONE) {
        g_bytes_unref(lmtp->message->data);
        lmtp->message->data = g_string_free_to_bytes(g_steal_pointer(&lmtp->body.text));
        lmtp->step = LMTP_HAS_MESSAGE;
        return;
    }
    reply_to_all(lmtp, FAULT_REPLIES[fault], out);
    reset(lmtp);
    if (fault == LMTP_FAULT_BARE)
        lmtp_end(lmtp, "4.5.2", "lines must end in CRLF", out);
}

static bool take_data(Lmtp *lmtp, GString *out)
{
    bool has_ended = false;

    lmtp->at += lmtp_body_take_dotted(&lmtp->body, lmtp->in->str + lmtp->at,
                                      lmtp->in->len - lmtp->at, &has_ended);
    if (has_ended)
        finish_message(lmtp, out);
    return has_ended;
}

/* A refused chunk closes the transaction (RFC 3030 2), so that none goes missing in the middle
 * of a message. */
static void refuse_chunk(Lmtp *lmtp, GString *out)
{
    if (lmtp->message == NULL) {
        refuse_outside(lmtp, out);
        return;
    }
    reply(out, "503 5.5.1 no valid recipients");
    reset(lmtp);
    lmtp->mail_was_refused = true;
}

static void finish_chunk(Lmtp *lmtp, GString *out)
{
    lmtp->mode = READS_COMMAND;
    if (!has_recipients(lmtp)) {
        refuse_chunk(lmtp, out);
    } else if (!lmtp->chunk_is_last) {
        lmtp->has_chunks = true;
        reply(out, "250 2.0.0 chunk ok");
    } else {
        lmtp_body_end_plain(&lmtp->body);
        finish_message(lmtp, out);
    }
}

static bool take_chunk(Lmtp *lmtp, GString *out)
{
    size_t size = lmtp->in->len - lmtp->at;

    if (lmtp->chunk_left < (int64_t) size)
        size = (size_t) lmtp->chunk_left;
    if (has_recipients(lmtp))
        lmtp_body_take_plain(&lmtp->body, lmtp->in->str + lmtp->at, size);
    lmtp->at += size;
    lmtp->chunk_left -= (int64_t) size;
    if (lmtp->chunk_left > 0)
        return false;
    finish_chunk(lmtp, out);
    return true;
}

/* Whether there is more to take. */
static bool take_some(Lmtp *lmtp, GString *out)
{
    switch (lmtp->mode) {
    case READS_DATA:
        return take_data(lmtp, out);
    case READS_CHUNK:
        return take_chunk(lmtp, out);
    case READS_COMMAND:
    default:
        return take_command(lmtp, out);
    }
}

LmtpStep lmtp_step(Lmtp *lmtp, GString *out)
{
    bool has_more = true;

    while (has_more && lmtp->step == LMTP_NEEDS_BYTES)
        has_more = take_some(lmtp, out);
    return lmtp->step;
}

const LmtpMessage *lmtp_message(const Lmtp *lmtp)
{
    return lmtp->message;
}

void lmtp_answer_message(Lmtp *lmtp, const GError *refusal, GString *out)
{
    g_assert(lmtp->step == LMTP_HAS_MESSAGE);

    g_autoptr(GString) text = g_string_new(NULL);
    if (refusal != NULL)
        reply_refusal(text, refusal);
    else
        reply(text, "250 2.0.0 stored");
    for (unsigned i = 0; i < lmtp->message->recipients->len; i++)
        g_string_append_len(out, text->str, (gssize) text->len);

    if (refusal == NULL)
        lmtp->errors = 0;
    reset(lmtp);
    lmtp->step = LMTP_NEEDS_BYTES;
}

size_t lmtp_buffered(const Lmtp *lmtp)
{
    size_t size = lmtp->in->len - lmtp->at;

    if (lmtp->body.text != NULL)
        size += lmtp->body.text->allocated_len;
    if (lmtp->message != NULL)
        size += g_bytes_get_size(lmtp->message->data);
    return size;
}

void lmtp_drop(Lmtp *lmtp)
{
    if (lmtp->message != NULL)
        lmtp_body_fail(&lmtp->body, LMTP_FAULT_DROPPED);
}
