#include "mail/lmtp.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

#define SIZE_MAX_HERE 1000

#define BEGIN                                                                                  \
    "220 mx.example.org LMTP\r\n"                                                              \
    "250-mx.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"                 \
    "250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250 SIZE 1000\r\n"

/* The owner in these tests: it does not know addresses that begin with "no", and cannot look
 * up or store for those that begin with "later". */
static bool judge(const char *address, GError **err)
{
    if (g_str_has_prefix(address, "no"))
        return err_set(err, ERR_NOT_FOUND, "nobody is called \"%s\"", address);
    if (g_str_has_prefix(address, "later"))
        return err_set(err, ERR_TEMPORARY, "could not open \"/secret/muster.db\"");
    return true;
}

/* Everything the engine says, with messages in between as
 * "{sender>recipient,recipient flags|data}". */
static bool step_all(Lmtp *lmtp, GString *out)
{
    for (;;) {
        g_autoptr(GError) refusal = NULL;

        switch (lmtp_step(lmtp, out)) {
        case LMTP_ASKS_RECIPIENT:
            (void) judge(lmtp_recipient(lmtp), &refusal);
            lmtp_answer_recipient(lmtp, refusal, out);
            break;
        case LMTP_HAS_MESSAGE: {
            const LmtpMessage *m = lmtp_message(lmtp);
            (void) judge(m->sender, &refusal);
            g_string_append_printf(out, "{%s>", m->sender);
            for (unsigned i = 0; i < m->recipients->len; i++)
                g_string_append_printf(out, "%s%s", i > 0 ? "," : "",
                                       (const char *) m->recipients->pdata[i]);
            g_string_append_printf(out, "%s%s|", m->is_utf8 ? " utf8" : "",
                                   m->is_8bit ? " 8bit" : "");
            g_string_append_len(out, g_bytes_get_data(m->data, NULL),
                                (gssize) g_bytes_get_size(m->data));
            g_string_append(out, "}");
            lmtp_answer_message(lmtp, refusal, out);
            break;
        }
        case LMTP_NEEDS_BYTES:
            return true;
        case LMTP_ENDED:
        default:
            return false;
        }
    }
}

static const LmtpOptions OPTIONS = { .hostname = "mx.example.org", .size_max = SIZE_MAX_HERE };

static GString *talk(const char *input, size_t size, size_t chunk)
{
    GString *out = g_string_new(NULL);
    g_autoptr(Lmtp) lmtp = lmtp_new(&OPTIONS, out);
    bool goes_on = true;

    for (size_t at = 0; at < size && goes_on; at += chunk) {
        lmtp_feed(lmtp, input + at, MIN(chunk, size - at));
        goes_on = step_all(lmtp, out);
    }
    return out;
}

/* However the input is cut, the answers are `want`, after the greeting and LHLO. */
static void check_bytes(const char *input, size_t size, const char *want)
{
    static const size_t CHUNKS[] = { 1, 2, 3, 5, 7, 11, 100, 1000000 };

    for (size_t i = 0; i < G_N_ELEMENTS(CHUNKS); i++) {
        g_autoptr(GString) whole = g_string_new("LHLO mta.example.net\r\n");
        g_string_append_len(whole, input, (gssize) size);
        g_autoptr(GString) out = talk(whole->str, whole->len, CHUNKS[i]);
        g_assert_true(g_str_has_prefix(out->str, BEGIN));
        g_assert_cmpstr(out->str + strlen(BEGIN), ==, want);
    }
}

typedef struct {
    const char *input;
    size_t size;
    const char *want;
} Case;

/* sizeof, as some inputs hold a NUL. */
#define CASE(input, want)                                                                      \
    {                                                                                          \
        input, sizeof(input) - 1, want                                                         \
    }

static void check_cases(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *name = g_strescape(cases[i].input, NULL);
        g_test_message("%s", name);
        check_bytes(cases[i].input, cases[i].size, cases[i].want);
    }
}

#define MAIL     "MAIL FROM:<ann@example.org>\r\n"
#define RCPT     "RCPT TO:<list@example.org>\r\n"
#define OPEN     MAIL RCPT "DATA\r\n"
#define MAIL_OK  "250 2.1.0 sender ok\r\n"
#define RCPT_OK  "250 2.1.5 recipient ok\r\n"
#define GO_ON    "354 end with a dot on a line of its own\r\n"
#define OPENED   MAIL_OK RCPT_OK GO_ON
#define STORED   "250 2.0.0 stored\r\n"
#define OK       "250 2.0.0 ok\r\n"
#define UNKNOWN  "500 5.5.1 command is not known\r\n"
#define BARE_END "421 4.5.2 mx.example.org lines must end in CRLF\r\n"
#define BARE     "550 5.6.0 message has a CR or LF on its own\r\n" BARE_END
#define NO_RCPT  "503 5.5.1 no valid recipients\r\n"

static const Case TRANSACTIONS[] = {
    CASE(OPEN "Hi\r\n.\r\nQUIT\r\n", OPENED "{ann@example.org>list@example.org|Hi\r\n}" STORED
                                            "221 2.0.0 mx.example.org\r\n"),
    CASE("mail from: <>\r\nrcpt to:<LIST@Example.ORG>\r\ndata\r\n.\r\n",
         OPENED "{>LIST@example.org|}" STORED),
    /* dots */
    CASE(OPEN "..\r\n...\r\n.a\r\na.\r\n\r\n.\r\n",
         OPENED "{ann@example.org>list@example.org|.\r\n..\r\na\r\na.\r\n\r\n}" STORED),
    /* a reply per accepted recipient */
    CASE(MAIL RCPT "RCPT TO:<nobody@example.org>\r\nRCPT TO:<later@example.org>\r\n"
                   "RCPT TO:<desk@example.org>\r\nDATA\r\n.\r\n",
         MAIL_OK RCPT_OK "550 5.1.1 nobody is called \"nobody@example.org\"\r\n"
                         "451 4.3.0 try again later\r\n" RCPT_OK GO_ON
                         "{ann@example.org>list@example.org,desk@example.org|}" STORED STORED),
    CASE("MAIL FROM:<later@example.org>\r\n" RCPT RCPT "DATA\r\n.\r\nNOOP\r\n",
         MAIL_OK RCPT_OK RCPT_OK GO_ON "{later@example.org>list@example.org,list@example.org|}"
                                       "451 4.3.0 try again later\r\n"
                                       "451 4.3.0 try again later\r\n" OK),
    /* two in one go */
    CASE(OPEN ".\r\n" OPEN "x\r\n.\r\n",
         OPENED "{ann@example.org>list@example.org|}" STORED OPENED
                "{ann@example.org>list@example.org|x\r\n}" STORED),
    /* RSET and LHLO end a transaction */
    CASE(MAIL "RSET\r\n" MAIL "LHLO again\r\n" MAIL, MAIL_OK OK MAIL_OK
         "250-mx.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
         "250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250 SIZE 1000\r\n" MAIL_OK),
    CASE("NOOP with words\r\nVRFY ann\r\nnoop  \r\n",
         OK "252 2.0.0 send it, then we will see\r\n" OK),
    CASE("QUIT\r\nNOOP\r\n", "221 2.0.0 mx.example.org\r\n"),
};

static void test_transactions(void)
{
    check_cases(TRANSACTIONS, G_N_ELEMENTS(TRANSACTIONS));
}

static const Case PARAMETERS[] = {
    CASE("MAIL FROM:<ann@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8\r\n" RCPT
         "DATA\r\n\xc3\xbc\r\n.\r\n",
         OPENED "{ann@example.org>list@example.org utf8 8bit|\xc3\xbc\r\n}" STORED),
    CASE("MAIL FROM:<ann@example.org>  body=7bit\r\n" RCPT "DATA\r\n.\r\n",
         OPENED "{ann@example.org>list@example.org|}" STORED),
    CASE("MAIL FROM:<j\xc3\xbcrgen@b\xc3\xbc"
         "cher.example> SMTPUTF8\r\n" RCPT "DATA\r\n.\r\n",
         OPENED "{j\xc3\xbcrgen@xn--bcher-kva.example>list@example.org utf8|}" STORED),
    CASE("MAIL FROM:<j\xc3\xbcrgen@example.org>\r\n" RCPT,
         "553 5.6.7 this address needs SMTPUTF8\r\n503 5.5.1 MAIL was refused\r\n"),
    CASE(MAIL "RCPT TO:<j\xc3\xbcrgen@example.org>\r\n",
         MAIL_OK "553 5.6.7 this address needs SMTPUTF8\r\n"),
    /* out of step it must not get, so the whole group is answered */
    CASE("MAIL FROM:<ann@example.org> SIZE=1001\r\n" RCPT "DATA\r\n" OPEN ".\r\n",
         "552 5.3.4 message is too big\r\n503 5.5.1 MAIL was refused\r\n"
         "503 5.5.1 MAIL was refused\r\n" OPENED "{ann@example.org>list@example.org|}" STORED),
    CASE("MAIL FROM:<ann@example.org> SIZE=99999999999999999999\r\n",
         "552 5.3.4 message is too big\r\n"),
    CASE("MAIL FROM:<ann@example.org> SIZE=\r\n", "501 5.5.4 SIZE needs a number\r\n"),
    CASE("MAIL FROM:<ann@example.org> SIZE=-1\r\n", "501 5.5.4 SIZE needs a number\r\n"),
    CASE("MAIL FROM:<ann@example.org> SIZE=1x\r\n", "501 5.5.4 SIZE needs a number\r\n"),
    CASE("MAIL FROM:<ann@example.org> BODY=BINARYMIME\r\n",
         "501 5.5.4 BODY is 7BIT or 8BITMIME\r\n"),
    CASE("MAIL FROM:<ann@example.org> SMTPUTF8=1\r\n", "501 5.5.4 SMTPUTF8 has no value\r\n"),
    CASE("MAIL FROM:<ann@example.org> RET=HDRS\r\n",
         "555 5.5.4 parameter of MAIL is not known\r\n"),
    CASE(MAIL "RCPT TO:<list@example.org> NOTIFY=NEVER\r\n",
         MAIL_OK "555 5.5.4 RCPT has no parameters here\r\n"),
};

static void test_parameters(void)
{
    check_cases(PARAMETERS, G_N_ELEMENTS(PARAMETERS));
}

#define MAIL_SYNTAX "501 5.5.4 write MAIL FROM:<address>\r\n"

#define FORWARDED                                                                              \
    "SRS0=HHHH=TT=mail.registry.example=operations-and-security-of-the-registry@forwarder."    \
    "test"

static const Case PATHS[] = {
    CASE("MAIL FROM:<@a.example,@b.example:ann@example.org>\r\n" RCPT "DATA\r\n.\r\n",
         OPENED "{ann@example.org>list@example.org|}" STORED),
    /* what a forwarder makes of a sender is longer than the 64 of RFC 5321 4.5.3.1.1 */
    CASE("MAIL FROM:<" FORWARDED ">\r\n" RCPT "DATA\r\n.\r\n",
         OPENED "{" FORWARDED ">list@example.org|}" STORED),
    CASE("MAIL FROM:<\"a>b\"@example.org>\r\n" RCPT "DATA\r\n.\r\n",
         OPENED "{\"a>b\"@example.org>list@example.org|}" STORED),
    CASE("MAIL FROM:<\"a\\\">b\"@example.org>\r\n" RCPT "DATA\r\n.\r\n",
         OPENED "{\"a\\\">b\"@example.org>list@example.org|}" STORED),
    CASE("MAIL\r\n", MAIL_SYNTAX),
    CASE("MAIL FROM\r\n", MAIL_SYNTAX),
    CASE("MAIL TO:<ann@example.org>\r\n", MAIL_SYNTAX),
    CASE("MAIL FROM:ann@example.org\r\n", MAIL_SYNTAX),
    CASE("MAIL FROM:<ann@example.org\r\n", MAIL_SYNTAX),
    CASE("MAIL FROM:<\"ann@example.org>\r\n", MAIL_SYNTAX),
    CASE("MAIL FROM:<\"ann\\\r\nNOOP \"> x\r\n", MAIL_SYNTAX OK),
    CASE("MAIL FROM:<ann@example.org>SIZE=1\r\n", MAIL_SYNTAX),
    CASE(MAIL "RCPT TO:list@example.org\r\n", MAIL_OK "501 5.5.4 write RCPT TO:<address>\r\n"),
};

static void test_paths(void)
{
    check_cases(PATHS, G_N_ELEMENTS(PATHS));
}

static const Case ORDER[] = {
    CASE("RCPT TO:<list@example.org>\r\nDATA\r\n",
         "503 5.5.1 say MAIL first\r\n503 5.5.1 say MAIL first\r\n"),
    CASE(MAIL MAIL RCPT, MAIL_OK "503 5.5.1 there is a MAIL already\r\n" RCPT_OK),
    CASE(MAIL "DATA\r\n", MAIL_OK NO_RCPT),
    CASE(MAIL "RCPT TO:<nobody@example.org>\r\nDATA\r\nRSET\r\n",
         MAIL_OK "550 5.1.1 nobody is called \"nobody@example.org\"\r\n" NO_RCPT OK),
    CASE("EHLO a\r\nHELO a\r\n\r\nDATAX\r\n\xff\r\n", UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN),
    CASE(MAIL RCPT "DATA now\r\nRSET 1\r\nQUIT 1\r\n",
         MAIL_OK RCPT_OK "501 5.5.4 nothing may follow this command\r\n"
                         "501 5.5.4 nothing may follow this command\r\n"
                         "501 5.5.4 nothing may follow this command\r\n"),
    CASE("LHLO\r\nLHLO \x01\r\n",
         "501 5.5.4 LHLO needs a host name\r\n501 5.5.4 LHLO needs a host name\r\n"),
};

static void test_order(void)
{
    check_cases(ORDER, G_N_ELEMENTS(ORDER));
}

/* Every way known to end a message early or late for one of two servers. What stands behind is
 * never run as a command. */
static const Case SMUGGLING[] = {
    CASE(OPEN "a\n.\nQUIT\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\n.\r\nQUIT\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r\n.\nQUIT\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r.\rQUIT\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r.\r\nQUIT\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r\n.\rQUIT\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r\n.\r\r\nQUIT\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\n\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "\n.\r\nNOOP\r\n.\r\n", OPENED BARE),
    CASE(OPEN ".\n\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r\0\n.\r\n.\r\n.\r\nNOOP\r\n", OPENED BARE),
    CASE(OPEN "a\r\n\0.\r\n.\r\nNOOP\r\n", OPENED "550 5.6.0 message has a NUL in it\r\n" OK),
    CASE(OPEN "a\r\n.\0\r\n.\r\nNOOP\r\n", OPENED "550 5.6.0 message has a NUL in it\r\n" OK),
    CASE(OPEN "\0\n\r\n.\r\nNOOP\r\n", OPENED BARE),
    /* in commands */
    CASE("NOOP\nNOOP\r\nNOOP\r\n", BARE_END),
    CASE("NOOP\rNOOP\r\nNOOP\r\n", BARE_END),
    CASE("NOOP\r\r\nNOOP\r\n", BARE_END),
    CASE("\nNOOP\r\n", BARE_END),
    CASE("NOOP \0\r\nNOOP\r\n", "500 5.5.2 NUL is no part of a command\r\n" OK),
    CASE("MAIL FROM:<ann@example.org>\nRCPT TO:<x@example.org>\r\n", BARE_END),
};

static void test_smuggling(void)
{
    check_cases(SMUGGLING, G_N_ELEMENTS(SMUGGLING));
}

#define CHUNK_OK "250 2.0.0 chunk ok\r\n"

static const Case CHUNKING[] = {
    CASE(MAIL RCPT RCPT "BDAT 4\r\n.\r\n.BDAT 2 LAST\r\n\r\nNOOP\r\n",
         MAIL_OK RCPT_OK RCPT_OK CHUNK_OK
         "{ann@example.org>list@example.org,list@example.org|.\r\n.\r\n}" STORED STORED OK),
    CASE(MAIL RCPT "BDAT 3\r\na\r\nBDAT 0 last\r\n",
         MAIL_OK RCPT_OK CHUNK_OK "{ann@example.org>list@example.org|a\r\n}" STORED),
    /* the last line may lack its end; CR LF may be cut in two */
    CASE(MAIL RCPT "BDAT 2\r\na\rBDAT 2 LAST\r\n\nb",
         MAIL_OK RCPT_OK CHUNK_OK "{ann@example.org>list@example.org|a\r\nb\r\n}" STORED),
    CASE(MAIL RCPT "BDAT 3 LAST\r\na\nb", MAIL_OK RCPT_OK BARE),
    CASE(MAIL RCPT "BDAT 2 LAST\r\na\r", MAIL_OK RCPT_OK BARE),
    /* a refused one is read, too */
    CASE("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n", "503 5.5.1 say MAIL first\r\n" OK),
    CASE("MAIL FROM:<ann@example.org> SIZE=1001\r\n" RCPT "BDAT 6\r\nQUIT\r\nBDAT 1 LAST\r\nx",
         "552 5.3.4 message is too big\r\n503 5.5.1 MAIL was refused\r\n"
         "503 5.5.1 MAIL was refused\r\n503 5.5.1 MAIL was refused\r\n"),
    CASE(MAIL "BDAT 6\r\nQUIT\r\n" RCPT, MAIL_OK NO_RCPT "503 5.5.1 MAIL was refused\r\n"),
    CASE(MAIL RCPT "BDAT 1\r\nxDATA\r\n" RCPT MAIL "RSET\r\n" OPEN ".\r\n",
         MAIL_OK RCPT_OK CHUNK_OK "503 5.5.1 finish with BDAT LAST\r\n"
                                  "503 5.5.1 RCPT comes before BDAT\r\n"
                                  "503 5.5.1 there is a MAIL already\r\n" OK OPENED
                                  "{ann@example.org>list@example.org|}" STORED),
    /* without a size nobody knows where the next command is */
    CASE(MAIL RCPT "BDAT 1x\r\nNOOP\r\n",
         MAIL_OK RCPT_OK "421 4.5.4 mx.example.org write BDAT SIZE or BDAT SIZE LAST\r\n"),
    CASE(MAIL RCPT "BDAT 1 FIRST\r\nNOOP\r\n",
         MAIL_OK RCPT_OK "421 4.5.4 mx.example.org write BDAT SIZE or BDAT SIZE LAST\r\n"),
};

static void test_chunking(void)
{
    check_cases(CHUNKING, G_N_ELEMENTS(CHUNKING));
}

/* What is just within a limit, and just over it. */
static void check_limit(const char *before, size_t fill, const char *after, const char *want)
{
    g_autoptr(GString) input = g_string_new(before);
    for (size_t i = 0; i < fill; i++)
        g_string_append_c(input, 'x');
    g_string_append(input, after);
    check_bytes(input->str, input->len, want);
}

static void test_long_command_is_refused_and_skipped(void)
{
    size_t fits = LMTP_LINE_MAX - strlen("NOOP \r\n");

    check_limit("NOOP ", fits, "\r\nNOOP\r\n", OK OK);
    check_limit("NOOP ", fits + 1, "\r\nNOOP\r\n", "500 5.5.2 line is too long\r\n" OK);
    check_limit("NOOP ", fits + 2, "\r\nNOOP\r\n", "500 5.5.2 line is too long\r\n" OK);
    check_limit("NOOP ", 3 * fits, "\r\nNOOP\r\n", "500 5.5.2 line is too long\r\n" OK);
    check_limit("NOOP ", 3 * fits, "\nNOOP\r\n", BARE_END);
}

static void test_big_message_is_refused_at_its_end(void)
{
    size_t fits = SIZE_MAX_HERE - strlen("\r\n");
    g_autofree char *text = g_strnfill(fits, 'x');
    g_autofree char *taken = g_strdup_printf(
        OPENED "{ann@example.org>list@example.org|%s\r\n}" STORED OK, text);

    check_limit(OPEN, fits, "\r\n.\r\nNOOP\r\n", taken);
    check_limit(OPEN ".", fits, "\r\n.\r\nNOOP\r\n", taken); /* a doubled dot does not count */
    check_limit(OPEN, fits + 1, "\r\n.\r\nNOOP\r\n",
                OPENED "552 5.3.4 message is too big\r\n" OK);
    check_limit(MAIL RCPT RCPT "DATA\r\n", 50 * fits, "\r\n.\r\nNOOP\r\n",
                MAIL_OK RCPT_OK RCPT_OK GO_ON
                "552 5.3.4 message is too big\r\n552 5.3.4 message is too big\r\n" OK);
    check_limit(MAIL RCPT "BDAT 1500 LAST\r\n", 1500, "NOOP\r\n",
                MAIL_OK RCPT_OK "552 5.3.4 message is too big\r\n" OK);
}

static void check_long_line(const char *last_line, const char *want)
{
    const LmtpOptions options = { .hostname = "mx.example.org", .size_max = 1 << 20 };
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Lmtp) lmtp = lmtp_new(&options, out);
    g_autofree char *line = g_strnfill(LMTP_DATA_LINE_MAX, 'x');
    const char *const input[] = { "LHLO a\r\n" OPEN, line, "\r\n", line, last_line };

    for (size_t i = 0; i < G_N_ELEMENTS(input); i++)
        lmtp_feed(lmtp, input[i], strlen(input[i]));
    g_assert_true(step_all(lmtp, out));
    g_assert_true(g_str_has_suffix(out->str, want));
}

static void test_message_with_a_long_line_is_refused(void)
{
    check_long_line("\r\n.\r\nNOOP\r\n", "}" STORED OK);
    check_long_line("x\r\n.\r\nNOOP\r\n",
                    OPENED "550 5.6.0 message has a line that is too long\r\n" OK);
}

static void test_too_many_recipients_are_put_off(void)
{
    g_autoptr(GString) input = g_string_new(MAIL);
    g_autoptr(GString) want = g_string_new(MAIL_OK);

    for (int i = 0; i < LMTP_RECIPIENTS_MAX; i++) {
        g_string_append(input, RCPT);
        g_string_append(want, RCPT_OK);
    }
    for (int i = 0; i < 2 * LMTP_ERRORS_MAX; i++) {
        g_string_append(input, RCPT);
        g_string_append(want, "452 4.5.3 too many recipients\r\n");
    }
    g_string_append(input, "NOOP\r\n");
    g_string_append(want, OK);
    check_bytes(input->str, input->len, want->str);
}

static void check_repeated(const char *input, const char *want, int count, const char *end)
{
    g_autoptr(GString) inputs = g_string_new(NULL);
    g_autoptr(GString) wants = g_string_new(NULL);

    for (int i = 0; i < count; i++) {
        g_string_append(inputs, input);
        g_string_append(wants, want);
    }
    g_string_append(inputs, "NOOP\r\n");
    g_string_append(wants, end);
    check_bytes(inputs->str, inputs->len, wants->str);
}

static void test_errors_end_the_session_but_refusals_do_not(void)
{
    check_repeated("WHAT\r\n", UNKNOWN, LMTP_ERRORS_MAX - 1, OK);
    check_repeated("WHAT\r\n", UNKNOWN, LMTP_ERRORS_MAX,
                   "421 4.7.0 mx.example.org too many errors\r\n");
    check_repeated("WHAT\r\n" OPEN ".\r\n",
                   UNKNOWN OPENED "{ann@example.org>list@example.org|}" STORED,
                   2 * LMTP_ERRORS_MAX, OK);
    check_repeated("MAIL FROM:<ann@example.org> SIZE=1001\r\n" RCPT "DATA\r\n",
                   "552 5.3.4 message is too big\r\n503 5.5.1 MAIL was refused\r\n"
                   "503 5.5.1 MAIL was refused\r\n",
                   LMTP_ERRORS_MAX, OK);
    check_repeated(MAIL "RCPT TO:<nobody@example.org>\r\nDATA\r\nRSET\r\n",
                   MAIL_OK "550 5.1.1 nobody is called \"nobody@example.org\"\r\n" NO_RCPT OK,
                   LMTP_ERRORS_MAX, OK);
}

static void test_nothing_goes_before_lhlo(void)
{
    g_autoptr(GString) out = talk(OPEN, strlen(OPEN), 1);

    g_assert_cmpstr(out->str, ==,
                    "220 mx.example.org LMTP\r\n503 5.5.1 say LHLO first\r\n"
                    "503 5.5.1 MAIL was refused\r\n503 5.5.1 MAIL was refused\r\n");
}

static void test_refusal_is_one_printable_line_of_ascii(void)
{
    g_autofree char *long_text = g_strnfill(2000, 'x');
    g_autoptr(GError)
        refusal = g_error_new(ERR_DOMAIN, ERR_DENIED, "no\r\n250 ok \xc3\xbc %s", long_text);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Lmtp) lmtp = lmtp_new(&OPTIONS, out);

    lmtp_feed(lmtp, "LHLO a\r\n" MAIL RCPT, strlen("LHLO a\r\n" MAIL RCPT));
    g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_ASKS_RECIPIENT);
    g_string_truncate(out, 0);
    lmtp_answer_recipient(lmtp, refusal, out);
    g_assert_cmpuint(out->len, <, 512);
    g_assert_true(g_str_has_prefix(out->str, "550 5.7.1 no\\x0d\\x0a250 ok ?"));
    g_assert_true(g_str_is_ascii(out->str));
    g_assert_true(strchr(out->str, '\r') == out->str + out->len - 2);
}

static void feed(Lmtp *lmtp, const char *text, GString *out)
{
    g_string_truncate(out, 0);
    lmtp_feed(lmtp, text, strlen(text));
    (void) step_all(lmtp, out);
}

static void test_dropped_message_is_put_off_and_freed(void)
{
    g_autofree char *text = g_strnfill(900, 'x');
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Lmtp) lmtp = lmtp_new(&OPTIONS, out);

    feed(lmtp, "LHLO a\r\n" MAIL RCPT RCPT "DATA\r\n", out);
    feed(lmtp, text, out);
    g_assert_cmpuint(lmtp_buffered(lmtp), >=, 900);
    lmtp_drop(lmtp);
    g_assert_cmpuint(lmtp_buffered(lmtp), ==, 0);
    feed(lmtp, text, out);
    g_assert_cmpuint(lmtp_buffered(lmtp), ==, 0);
    feed(lmtp, "\r\n.\r\n", out);
    g_assert_cmpstr(out->str, ==,
                    "552 5.3.4 message is too big\r\n552 5.3.4 message is too big\r\n");

    feed(lmtp, MAIL RCPT "DATA\r\nab", out);
    lmtp_drop(lmtp);
    feed(lmtp, "\r\n.\r\n", out);
    g_assert_cmpstr(out->str, ==, "452 4.3.1 no memory for it now, try again later\r\n");

    feed(lmtp, MAIL RCPT, out);
    lmtp_drop(lmtp); /* before DATA */
    feed(lmtp, "DATA\r\n" OPEN ".\r\n", out);
    g_assert_cmpstr(out->str, ==,
                    "452 4.3.1 no memory for it now, try again later\r\n" OPENED
                    "{ann@example.org>list@example.org|}" STORED);
    lmtp_drop(lmtp); /* nothing to drop */
    feed(lmtp, OPEN ".\r\n", out);
    g_assert_true(g_str_has_suffix(out->str, STORED));
}

static void test_owner_can_end_it_at_any_point(void)
{
    static const char *const POINTS[] = {
        "", MAIL, MAIL RCPT, OPEN, OPEN "x\r\n.", "BDAT 5\r\n"
    };

    for (size_t i = 0; i < G_N_ELEMENTS(POINTS); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(Lmtp) lmtp = lmtp_new(&OPTIONS, out);
        feed(lmtp, "LHLO a\r\n", out);
        feed(lmtp, POINTS[i], out);
        g_string_truncate(out, 0);
        lmtp_end(lmtp, "4.4.2", "waited too long", out);
        g_assert_cmpstr(out->str, ==, "421 4.4.2 mx.example.org waited too long\r\n");
        g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_ENDED);
        lmtp_feed(lmtp, "NOOP\r\n", 6);
        g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_ENDED);
        g_assert_cmpuint(lmtp_buffered(lmtp), ==, 0);
    }
}

static void test_question_stays_until_it_is_answered(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Lmtp) lmtp = lmtp_new(&OPTIONS, out);

    feed(lmtp, "LHLO a\r\n", out);
    lmtp_feed(lmtp, OPEN ".\r\nNOOP\r\n", strlen(OPEN ".\r\nNOOP\r\n"));
    g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_ASKS_RECIPIENT);
    g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_ASKS_RECIPIENT);
    g_assert_cmpstr(lmtp_recipient(lmtp), ==, "list@example.org");
    lmtp_answer_recipient(lmtp, NULL, out);
    g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_HAS_MESSAGE);
    size_t before = out->len;
    g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_HAS_MESSAGE);
    g_assert_cmpuint(out->len, ==, before); /* nothing is run ahead of the answer */
    g_assert_cmpstr(lmtp_message(lmtp)->peer_name, ==, "a");
    lmtp_answer_message(lmtp, NULL, out);
    g_assert_cmpint(lmtp_step(lmtp, out), ==, LMTP_NEEDS_BYTES);
    g_assert_true(g_str_has_suffix(out->str, STORED OK));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lmtp/transactions", test_transactions);
    g_test_add_func("/lmtp/parameters", test_parameters);
    g_test_add_func("/lmtp/paths", test_paths);
    g_test_add_func("/lmtp/order", test_order);
    g_test_add_func("/lmtp/smuggling", test_smuggling);
    g_test_add_func("/lmtp/chunking", test_chunking);
    g_test_add_func("/lmtp/long-command", test_long_command_is_refused_and_skipped);
    g_test_add_func("/lmtp/big-message", test_big_message_is_refused_at_its_end);
    g_test_add_func("/lmtp/long-line", test_message_with_a_long_line_is_refused);
    g_test_add_func("/lmtp/recipients", test_too_many_recipients_are_put_off);
    g_test_add_func("/lmtp/errors", test_errors_end_the_session_but_refusals_do_not);
    g_test_add_func("/lmtp/before-lhlo", test_nothing_goes_before_lhlo);
    g_test_add_func("/lmtp/refusal", test_refusal_is_one_printable_line_of_ascii);
    g_test_add_func("/lmtp/dropped", test_dropped_message_is_put_off_and_freed);
    g_test_add_func("/lmtp/end", test_owner_can_end_it_at_any_point);
    g_test_add_func("/lmtp/question", test_question_stays_until_it_is_answered);
    return g_test_run();
}
