#include "mail/smtp.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "mail/smtp_ehlo.h"
#include "mail/smtp_jobs.h"
#include "mail/smtp_out.h"

/* What a reply answers: an index into STEPS. */
typedef enum {
    ASKED_GREETING,
    ASKED_EHLO,
    ASKED_HELO,
    ASKED_STARTTLS,
    ASKED_AUTH,
    ASKED_RSET,
    ASKED_MAIL,
    ASKED_RCPT,
    ASKED_DATA,
    ASKED_DOT,
    ASKED_LONE_DOT,
    ASKED_QUIT,
} Asked;

#define ASKED_MAX 8 /* outstanding: a dot, RSET, MAIL, RCPT and DATA, and some room */

struct Smtp {
    SmtpOptions options;
    SmtpState state;
    GError *error;
    SmtpReader reader;
    SmtpOut out;
    Asked asked[ASKED_MAX]; /* oldest first */
    unsigned n_asked;

    SmtpExtensions extensions;
    bool has_tls;
    bool has_authenticated;
    bool is_quitting;
    bool has_quit; /* QUIT is said */

    SmtpJobs jobs;
    SmtpCopy *opening;    /* its MAIL, RCPT or DATA is not answered yet */
    bool opening_is_done; /* it has its result; only replies are outstanding */
    bool has_open_mail;   /* the relay took MAIL, and neither dot nor RSET ended that */
    SmtpCopy *closing;    /* its last dot is not answered yet */
    uint64_t closing_end; /* position in out behind that dot */
};

static void start_next(Smtp *smtp);

/* Ends the session: with an error, which is taken, or well with NULL. */
static void end(Smtp *smtp, GError *error)
{
    const char *why = error != NULL ? error->message : "the session was ended";

    if (smtp->closing != NULL) {
        bool has_dot = smtp->out.written >= smtp->closing_end;
        smtp_jobs_stranded(&smtp->jobs, smtp->closing, has_dot ? SMTP_UNCERTAIN : SMTP_LOST,
                           why);
    }
    if (smtp->opening != NULL && !smtp->opening_is_done)
        smtp_jobs_stranded(&smtp->jobs, smtp->opening, SMTP_LOST, why);
    g_clear_pointer(&smtp->closing, smtp_copy_free);
    g_clear_pointer(&smtp->opening, smtp_copy_free);
    smtp->state = SMTP_ENDED;
    smtp->error = error;
    smtp->n_asked = 0;
    smtp_reader_drain(&smtp->reader);
    smtp_out_drop(&smtp->out);
}

static void fail(Smtp *smtp, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void fail(Smtp *smtp, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    GError *error = g_error_new_valist(ERR_DOMAIN, ERR_TEMPORARY, format, args);
    va_end(args);
    end(smtp, error);
}

/* Ends the session because of what the relay answered. */
static void fail_reply(Smtp *smtp, const char *what, const SmtpReply *reply)
{
    g_autofree char *text = smtp_reply_text(reply);

    fail(smtp, "the relay answered to %s: %d %s", what, reply->code, text);
}

static void ask(Smtp *smtp, Asked asked)
{
    g_assert(smtp->n_asked < ASKED_MAX);
    smtp->asked[smtp->n_asked++] = asked;
}

static void say(Smtp *smtp, Asked asked, const char *line)
{
    smtp_out_text(&smtp->out, line);
    smtp_out_text(&smtp->out, "\r\n");
    ask(smtp, asked);
}

static void say_hello(Smtp *smtp, Asked asked, const char *verb)
{
    g_string_append_printf(smtp->out.text, "%s %s\r\n", verb, smtp->options.hostname);
    ask(smtp, asked);
}

/* "\0user\0password" in base64 (RFC 4616). */
static void say_auth(Smtp *smtp)
{
    g_autoptr(GString) plain = g_string_new(NULL);

    g_string_append_c(plain, '\0');
    g_string_append(plain, smtp->options.user);
    g_string_append_c(plain, '\0');
    g_string_append(plain, smtp->options.password);
    g_autofree char *base64 = g_base64_encode((const unsigned char *) plain->str, plain->len);
    g_autofree char *line = g_strconcat("AUTH PLAIN ", base64, NULL);
    say(smtp, ASKED_AUTH, line);
}

/* After the greetings: what is still to do before mail. */
static void go_on_opening(Smtp *smtp)
{
    bool needs_auth = smtp->options.user != NULL;

    if ((smtp->options.needs_tls || needs_auth) && !smtp->has_tls) {
        if (smtp->extensions.starttls)
            say(smtp, ASKED_STARTTLS, "STARTTLS");
        else
            fail(smtp, "the relay does not offer STARTTLS, which the settings ask for");
    } else if (needs_auth && !smtp->has_authenticated) {
        if (smtp->extensions.auth_plain)
            say_auth(smtp);
        else
            fail(smtp, "the relay does not offer AUTH PLAIN, which the settings ask for");
    } else {
        smtp->state = SMTP_READY;
        start_next(smtp);
    }
}

static void on_greeting(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code == 220)
        say_hello(smtp, ASKED_EHLO, "EHLO");
    else
        fail_reply(smtp, "the connection", reply);
}

static void on_ehlo(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code == 250) {
        smtp->extensions = smtp_read_ehlo(reply);
        go_on_opening(smtp);
    } else if (reply->code >= 500) {
        say_hello(smtp, ASKED_HELO, "HELO"); /* RFC 5321 3.2 */
    } else {
        fail_reply(smtp, "EHLO", reply);
    }
}

static void on_helo(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code == 250)
        go_on_opening(smtp);
    else
        fail_reply(smtp, "HELO", reply);
}

static void on_starttls(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code == 220)
        smtp->state = SMTP_WANTS_TLS;
    else
        fail_reply(smtp, "STARTTLS", reply);
}

void smtp_tls_started(Smtp *smtp)
{
    g_assert(smtp->state == SMTP_WANTS_TLS);

    /* RFC 3207 4.2: what was said in clear counts no more. */
    smtp->extensions = (SmtpExtensions){ 0 };
    smtp->has_tls = true;
    smtp->state = SMTP_OPENING;
    say_hello(smtp, ASKED_EHLO, "EHLO");
}

static void on_auth(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code != 235) {
        fail_reply(smtp, "AUTH", reply);
        return;
    }
    smtp->has_authenticated = true;
    go_on_opening(smtp);
}

/* An address from address_parse is safe to write; anything else must not become a command. */
static bool is_writable(const char *address)
{
    for (const char *at = address; *at != '\0'; at++) {
        if ((unsigned char) *at <= ' ' || *at == 0x7f)
            return false;
    }
    return true;
}

/* Refuses here what this relay cannot take. */
static bool is_sendable(Smtp *smtp, const SmtpCopy *copy)
{
    int64_t size_max = smtp->extensions.size_max;

    if (!is_writable(copy->sender) || !is_writable(copy->recipient)) {
        smtp_jobs_refused(&smtp->jobs, copy, 553, "5.1.3",
                          "the address holds what no address can");
    } else if (copy->needs_utf8 && !smtp->extensions.smtputf8) {
        smtp_jobs_refused(&smtp->jobs, copy, 550, "5.6.7",
                          "the copy needs SMTPUTF8, which the relay does not offer");
    } else if (size_max > 0 && (int64_t) g_bytes_get_size(copy->body) > size_max) {
        smtp_jobs_refused(&smtp->jobs, copy, 552, "5.3.4",
                          "the message is bigger than the relay takes");
    } else {
        return true;
    }
    return false;
}

static void say_mail(Smtp *smtp, const SmtpCopy *copy)
{
    GString *text = smtp->out.text;

    g_string_append(text, "MAIL FROM:<");
    g_string_append(text, copy->sender);
    g_string_append_c(text, '>');
    if (smtp->extensions.size)
        g_string_append_printf(text, " SIZE=%zu", g_bytes_get_size(copy->body));
    /* Without 8BITMIME, RFC 6152 would have us convert or bounce. Converting would break
     * signatures, and every server met today passes 8 bits whatever it says. */
    if (copy->needs_8bit && smtp->extensions.eightbitmime)
        g_string_append(text, " BODY=8BITMIME");
    if (copy->needs_utf8)
        g_string_append(text, " SMTPUTF8");
    g_string_append(text, "\r\n");
    ask(smtp, ASKED_MAIL);
}

static void say_rcpt(Smtp *smtp, const SmtpCopy *copy)
{
    smtp_out_text(&smtp->out, "RCPT TO:<");
    smtp_out_text(&smtp->out, copy->recipient);
    smtp_out_text(&smtp->out, ">\r\n");
    ask(smtp, ASKED_RCPT);
}

/* Takes the job. */
static void open_job(Smtp *smtp, SmtpCopy *copy)
{
    smtp->opening = copy;
    smtp->opening_is_done = false;
    say_mail(smtp, copy);
    if (!smtp->extensions.pipelining)
        return;
    say_rcpt(smtp, copy);
    say(smtp, ASKED_DATA, "DATA");
}

static SmtpCopy *next_sendable(Smtp *smtp)
{
    SmtpCopy *copy = NULL;

    while ((copy = smtp_jobs_next(&smtp->jobs)) != NULL && !is_sendable(smtp, copy))
        smtp_copy_free(copy);
    return copy;
}

/* Begins the next job, if it is its turn: behind an unanswered DATA nothing may be sent
 * (RFC 2920 3.1), but behind the last dot it may. */
static void start_next(Smtp *smtp)
{
    bool may_overlap = smtp->extensions.pipelining || smtp->n_asked == 0;

    if (smtp->state != SMTP_READY || smtp->opening != NULL || smtp->has_quit || !may_overlap)
        return;
    if (smtp->has_open_mail) {
        say(smtp, ASKED_RSET, "RSET");
        smtp->has_open_mail = false;
        if (!smtp->extensions.pipelining)
            return;
    }
    SmtpCopy *copy = next_sendable(smtp);
    if (copy != NULL) {
        open_job(smtp, copy);
    } else if (smtp->is_quitting && smtp->n_asked == 0) {
        say(smtp, ASKED_QUIT, "QUIT");
        smtp->has_quit = true;
    }
}

static void on_rset(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code == 250)
        start_next(smtp);
    else
        fail_reply(smtp, "RSET", reply);
}

static void finish_opening(Smtp *smtp)
{
    g_clear_pointer(&smtp->opening, smtp_copy_free);
    start_next(smtp);
}

/* The relay refuses the job that is being opened. */
static void refuse_opening(Smtp *smtp, const SmtpReply *reply)
{
    if (!smtp->opening_is_done)
        smtp_jobs_answered(&smtp->jobs, smtp->opening, reply);
    smtp->opening_is_done = true;
}

static void on_mail(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code < 300) {
        smtp->has_open_mail = true;
        if (!smtp->extensions.pipelining)
            say_rcpt(smtp, smtp->opening);
        return;
    }
    refuse_opening(smtp, reply);
    if (reply->code == 530)
        fail_reply(smtp, "MAIL", reply);
    else if (!smtp->extensions.pipelining)
        finish_opening(smtp);
}

static void on_rcpt(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code >= 300)
        refuse_opening(smtp, reply);
    if (smtp->extensions.pipelining)
        return;
    if (reply->code >= 300)
        finish_opening(smtp);
    else
        say(smtp, ASKED_DATA, "DATA");
}

static void send_body(Smtp *smtp)
{
    smtp_out_body(&smtp->out, smtp->opening->body);
    say(smtp, ASKED_DOT, ".");
    smtp->closing = g_steal_pointer(&smtp->opening);
    smtp->closing_end = smtp_out_end(&smtp->out);
}

static void on_data(Smtp *smtp, const SmtpReply *reply)
{
    if (reply->code >= 400) {
        refuse_opening(smtp, reply);
        finish_opening(smtp);
        return;
    }
    smtp->has_open_mail = false;
    if (smtp->opening_is_done) {
        /* Some servers say 354 though they took no recipient (RFC 2920 3.1). */
        say(smtp, ASKED_LONE_DOT, ".");
        finish_opening(smtp);
        return;
    }
    send_body(smtp);
    start_next(smtp);
}

static void on_dot(Smtp *smtp, const SmtpReply *reply)
{
    bool is_early = smtp->out.written < smtp->closing_end;

    if (!is_early || reply->code >= 400) {
        smtp_jobs_answered(&smtp->jobs, smtp->closing, reply);
        g_clear_pointer(&smtp->closing, smtp_copy_free);
    }
    /* An early 2xx is a lie; and after any early answer the relay would take the rest of the
     * message for commands. */
    if (is_early)
        fail_reply(smtp, "a message before its end", reply);
    else
        start_next(smtp);
}

static void on_lone_dot(Smtp *smtp, const SmtpReply *reply)
{
    start_next(smtp);
}

static void on_quit(Smtp *smtp, const SmtpReply *reply)
{
    end(smtp, NULL);
}

/* The steps of a session: what may come, and for how long to wait for it (RFC 5321 4.5.3.2). */
static const struct {
    const char *name;
    void (*on_reply)(Smtp *smtp, const SmtpReply *reply);
    int good; /* the first digit of a reply that goes on; other good ones are errors */
    int patience_s;
} STEPS[] = {
    /* clang-format off */
    [ASKED_GREETING] = { "the connection", on_greeting, 2, 300 },
    [ASKED_EHLO]     = { "EHLO",           on_ehlo,     2, 300 },
    [ASKED_HELO]     = { "HELO",           on_helo,     2, 300 },
    [ASKED_STARTTLS] = { "STARTTLS",       on_starttls, 2, 120 },
    [ASKED_AUTH]     = { "AUTH",           on_auth,     2, 120 },
    [ASKED_RSET]     = { "RSET",           on_rset,     2, 120 },
    [ASKED_MAIL]     = { "MAIL",           on_mail,     2, 300 },
    [ASKED_RCPT]     = { "RCPT",           on_rcpt,     2, 300 },
    [ASKED_DATA]     = { "DATA",           on_data,     3, 120 },
    [ASKED_DOT]      = { "the last dot",   on_dot,      2, 600 },
    [ASKED_LONE_DOT] = { "the last dot",   on_lone_dot, 2, 600 },
    [ASKED_QUIT]     = { "QUIT",           on_quit,     2, 10 },
    /* clang-format on */
};

/* 421 is the relay's good-bye, whatever was asked (RFC 5321 3.8). */
static void on_goodbye(Smtp *smtp, Asked asked, const SmtpReply *reply)
{
    if (asked == ASKED_MAIL || asked == ASKED_RCPT || asked == ASKED_DATA)
        refuse_opening(smtp, reply);
    if (asked == ASKED_DOT) {
        smtp_jobs_answered(&smtp->jobs, smtp->closing, reply);
        g_clear_pointer(&smtp->closing, smtp_copy_free);
    }
    fail_reply(smtp, STEPS[asked].name, reply);
}

static void on_reply(Smtp *smtp, const SmtpReply *reply)
{
    if (smtp->n_asked == 0) {
        fail_reply(smtp, "nothing we asked", reply);
        return;
    }
    Asked asked = smtp->asked[0];
    memmove(smtp->asked, smtp->asked + 1, --smtp->n_asked * sizeof(Asked));

    if (reply->code == 421 && asked != ASKED_QUIT)
        on_goodbye(smtp, asked, reply);
    else if (reply->code < 400 && reply->code / 100 != STEPS[asked].good)
        fail_reply(smtp, STEPS[asked].name, reply);
    else
        STEPS[asked].on_reply(smtp, reply);
}

Smtp *smtp_new(const SmtpOptions *options)
{
    Smtp *smtp = g_new0(Smtp, 1);

    smtp->options = *options;
    smtp_reader_init(&smtp->reader);
    smtp_out_init(&smtp->out);
    smtp_jobs_init(&smtp->jobs);
    ask(smtp, ASKED_GREETING);
    return smtp;
}

void smtp_free(Smtp *smtp)
{
    if (smtp == NULL)
        return;
    smtp_jobs_clear(&smtp->jobs);
    smtp_copy_free(smtp->opening);
    smtp_copy_free(smtp->closing);
    smtp_out_clear(&smtp->out);
    smtp_reader_clear(&smtp->reader);
    g_clear_error(&smtp->error);
    g_free(smtp);
}

SmtpState smtp_state(const Smtp *smtp)
{
    return smtp->state;
}

const GError *smtp_error(const Smtp *smtp)
{
    return smtp->error;
}

void smtp_feed(Smtp *smtp, const char *bytes, size_t size)
{
    if (smtp->state == SMTP_ENDED)
        return;
    smtp_reader_feed(&smtp->reader, bytes, size);
    while (smtp->state != SMTP_ENDED) {
        const SmtpReply *reply = NULL;
        g_autoptr(GError) err = NULL;

        /* Whoever sits on the line could have put it there, to be read as if it had come
         * encrypted (RFC 3207 5, CVE-2011-0411). */
        if (smtp->state == SMTP_WANTS_TLS && smtp_reader_has_more(&smtp->reader)) {
            fail(smtp, "the relay went on in clear behind its answer to STARTTLS");
            return;
        }
        if (!smtp_reader_next(&smtp->reader, &reply, &err)) {
            end(smtp, g_steal_pointer(&err));
            return;
        }
        if (reply == NULL)
            return;
        on_reply(smtp, reply);
    }
}

void smtp_lost(Smtp *smtp, const char *why)
{
    if (smtp->state == SMTP_ENDED)
        return;
    if (smtp->has_quit)
        end(smtp, NULL);
    else
        fail(smtp, "the connection to the relay was lost: %s", why);
}

int smtp_patience_s(const Smtp *smtp)
{
    return smtp->n_asked > 0 ? STEPS[smtp->asked[0]].patience_s : 0;
}

size_t smtp_output(Smtp *smtp, struct iovec *ret_vectors, size_t n)
{
    return smtp_out_vectors(&smtp->out, ret_vectors, n);
}

void smtp_wrote(Smtp *smtp, size_t size)
{
    smtp_out_wrote(&smtp->out, size);
}

void smtp_add(Smtp *smtp, const SmtpJob *job)
{
    smtp_jobs_add(&smtp->jobs, job);
    start_next(smtp);
}

size_t smtp_jobs(const Smtp *smtp)
{
    size_t count = smtp_jobs_waiting(&smtp->jobs);

    count += smtp->closing != NULL ? 1 : 0;
    count += smtp->opening != NULL && !smtp->opening_is_done ? 1 : 0;
    return count;
}

bool smtp_next_result(Smtp *smtp, SmtpResult *ret_result)
{
    return smtp_jobs_next_result(&smtp->jobs, ret_result);
}

bool smtp_take_back(Smtp *smtp, int64_t *ret_id)
{
    return smtp->state == SMTP_ENDED && smtp_withdraw(smtp, ret_id);
}

bool smtp_withdraw(Smtp *smtp, int64_t *ret_id)
{
    SmtpCopy *copy = smtp_jobs_next(&smtp->jobs);

    if (copy == NULL)
        return false;
    *ret_id = copy->id;
    smtp_copy_free(copy);
    return true;
}

void smtp_quit(Smtp *smtp)
{
    smtp->is_quitting = true;
    if (smtp->state == SMTP_READY)
        start_next(smtp);
    else if (smtp->state != SMTP_ENDED)
        end(smtp, NULL);
}
