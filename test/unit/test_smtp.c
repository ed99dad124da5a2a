#include "mail/smtp.h"

#include <string.h>

#include "base/err.h"

#define TURNS_MAX 16

/* The relay says something; then the client is to have said `want`. */
typedef struct {
    const char *says; /* NULL ends the list */
    const char *want;
} Turn;

/* Jobs 1, 2, ... are there from the beginning: from a+N@example.org to m N@example.net, with
 * "Hi N" in them. */
typedef struct {
    const char *name;
    int jobs;
    Turn turns[TURNS_MAX];
    const char *results; /* "ID OUTCOME CODE STATUS TEXT", a line for each */
    const char *back;    /* ids taken back, after the connection is lost at the end */
    const char *error;   /* of the session before that; NULL: still going on, or ended well */
} Case;

static const char *const OUTCOMES[] = {
    [SMTP_SENT] = "sent", [SMTP_REFUSED] = "refused",     [SMTP_DEFERRED] = "deferred",
    [SMTP_LOST] = "lost", [SMTP_UNCERTAIN] = "uncertain",
};

static void take_results(Smtp *smtp, GString *results)
{
    g_auto(SmtpResult) result = { 0 };

    while (smtp_next_result(smtp, &result)) {
        g_string_append_printf(results, "%d %s %d %s %s\n", (int) result.id,
                               OUTCOMES[result.outcome], result.code, result.status,
                               result.text);
        smtp_result_clear(&result);
    }
}

/* Takes what the client has to say, in parts of at most so many bytes. */
static void take_output(Smtp *smtp, size_t part, GString *output)
{
    struct iovec vectors[3];
    size_t n = 0;

    while ((n = smtp_output(smtp, vectors, G_N_ELEMENTS(vectors))) > 0) {
        size_t left = part;
        for (size_t i = 0; i < n && left > 0; i++) {
            size_t size = MIN(vectors[i].iov_len, left);
            g_string_append_len(output, vectors[i].iov_base, (gssize) size);
            left -= size;
        }
        smtp_wrote(smtp, part - left);
    }
}

static void add_job(Smtp *smtp, int id, SmtpJob job)
{
    g_autofree char *sender = g_strdup_printf("a+%d@example.org", id);
    g_autofree char *recipient = g_strdup_printf("m%d@example.net", id);
    g_autofree char *text = g_strdup_printf("Hi %d\r\n", id);
    g_autoptr(GBytes) body = smtp_stuff(text, strlen(text));

    job.id = id;
    job.sender = job.sender != NULL ? job.sender : sender;
    job.recipient = job.recipient != NULL ? job.recipient : recipient;
    job.body = job.body != NULL ? job.body : body;
    smtp_add(smtp, &job);
}

static void take_turn(Smtp *smtp, const Turn *turn, size_t chunk)
{
    size_t size = strlen(turn->says);
    g_autoptr(GString) output = g_string_new(NULL);

    for (size_t at = 0; at < size; at += chunk) {
        smtp_feed(smtp, turn->says + at, MIN(chunk, size - at));
        take_output(smtp, chunk, output);
    }
    take_output(smtp, chunk, output);
    g_assert_cmpstr(output->str, ==, turn->want);
}

static void check_case(const Case *c, const SmtpOptions *options, size_t chunk)
{
    g_autoptr(Smtp) smtp = smtp_new(options);
    g_autoptr(GString) results = g_string_new(NULL);
    g_autoptr(GString) back = g_string_new(NULL);
    int64_t id = 0;

    for (int i = 1; i <= c->jobs; i++)
        add_job(smtp, i, (SmtpJob){ 0 });
    for (const Turn *turn = c->turns; turn->says != NULL; turn++)
        take_turn(smtp, turn, chunk);

    g_assert_cmpstr(smtp_error(smtp) != NULL ? smtp_error(smtp)->message : NULL, ==, c->error);
    smtp_lost(smtp, "test");
    take_results(smtp, results);
    while (smtp_take_back(smtp, &id))
        g_string_append_printf(back, "%d ", (int) id);
    g_assert_cmpstr(results->str, ==, c->results);
    g_assert_cmpstr(back->str, ==, c->back);
    g_assert_cmpuint(smtp_jobs(smtp), ==, 0);
    g_assert_cmpint(smtp_state(smtp), ==, SMTP_ENDED);
    g_assert_true(smtp_error(smtp)->code == ERR_TEMPORARY);
}

static void check_cases(const Case *cases, size_t count, const SmtpOptions *options)
{
    static const size_t CHUNKS[] = { 1, 2, 3, 5, 1000 };

    for (size_t i = 0; i < count; i++) {
        g_test_message("%s", cases[i].name);
        for (size_t j = 0; j < G_N_ELEMENTS(CHUNKS); j++)
            check_case(&cases[i], options, CHUNKS[j]);
    }
}

static const SmtpOptions OPTIONS = { .hostname = "list.example.org" };

#define EHLO "EHLO list.example.org\r\n"
#define HELLO                                                                                  \
    {                                                                                          \
        "220 mx\r\n", EHLO                                                                     \
    }
#define ALL                                                                                    \
    "250-mx\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"            \
    "250-STARTTLS\r\n250-AUTH LOGIN PLAIN\r\n250 HELP\r\n"
#define OPEN(id)                                                                               \
    "MAIL FROM:<a+" id "@example.org> SIZE=6\r\nRCPT TO:<m" id "@example.net>\r\nDATA\r\n"
#define BODY(id) "Hi " id "\r\n.\r\n"
#define OK       "250 2.1.0 ok\r\n"
#define GO       "354 go on\r\n"
#define TAKEN    "250 2.0.0 taken\r\n"
#define LOST     "the connection to the relay was lost: test\n"

/* clang-format off */
static const Case PIPELINING[] = {
    { "the next one rides with the last dot", 2,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") OPEN("2") },
        { TAKEN OK OK GO, BODY("2") }, { "250 2.0.0 taken too\r\n", "" } },
      "1 sent 250 2.0.0 taken\n2 sent 250 2.0.0 taken too\n", "", NULL },
    { "nothing goes behind an unanswered DATA", 3,
      { HELLO, { ALL, OPEN("1") }, { OK OK, "" }, { GO, BODY("1") OPEN("2") }, { TAKEN, "" },
        { OK, "" }, { OK, "" }, { GO, BODY("2") OPEN("3") } },
      "1 sent 250 2.0.0 taken\n2 uncertain 0  " LOST "3 lost 0  " LOST, "", NULL },
    { "a refused sender touches no other", 2,
      { HELLO, { ALL, OPEN("1") },
        { "550 5.7.1 not you\r\n503 5.5.1 no\r\n503 5.5.1 no\r\n", OPEN("2") },
        { OK OK GO, BODY("2") }, { TAKEN, "" } },
      "1 refused 550 5.7.1 not you\n2 sent 250 2.0.0 taken\n", "", NULL },
    { "a refused recipient touches no other", 3,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") OPEN("2") },
        { TAKEN OK "550 5.1.1 nobody\r\n503 5.5.1 no recipients\r\n", "RSET\r\n" OPEN("3") },
        { "250 2.0.0 reset\r\n" OK OK GO, BODY("3") }, { TAKEN, "" } },
      "1 sent 250 2.0.0 taken\n2 refused 550 5.1.1 nobody\n3 sent 250 2.0.0 taken\n",
      "", NULL },
    { "a lone dot, where DATA is taken without recipients", 2,
      { HELLO, { ALL, OPEN("1") }, { OK "450 4.2.1 full\r\n" GO, ".\r\n" OPEN("2") },
        { "554 5.5.1 nobody to send it to\r\n" OK OK GO, BODY("2") }, { TAKEN, "" } },
      "1 deferred 450 4.2.1 full\n2 sent 250 2.0.0 taken\n", "", NULL },
    { "a lone dot, where even MAIL was refused", 1,
      { HELLO, { ALL, OPEN("1") }, { "450 4.7.1 not now\r\n" OK GO, ".\r\n" }, { OK, "" } },
      "1 deferred 450 4.7.1 not now\n", "", NULL },
    { "a refused DATA", 2,
      { HELLO, { ALL, OPEN("1") }, { OK OK "451 4.3.0 no disk\r\n", "RSET\r\n" OPEN("2") },
        { OK OK OK "554 5.7.1 no\r\n", "RSET\r\n" } },
      "1 deferred 451 4.3.0 no disk\n2 refused 554 5.7.1 no\n", "", NULL },
    { "a refused message", 2,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") OPEN("2") },
        { "552-5.2.2 the mailbox\r\n552 5.2.2 is full\r\n" OK OK GO, BODY("2") },
        { "452 4.2.2 full\r\n", "" } },
      "1 refused 552 5.2.2 the mailbox is full\n2 deferred 452 4.2.2 full\n", "", NULL },
    { "251 is a yes, replies may lack text and status", 1,
      { HELLO, { ALL, OPEN("1") }, { "250\r\n251 moved\r\n354\r\n", BODY("1") },
        { "250 \r\n", "" } },
      "1 sent 250  \n", "", NULL },
};
/* clang-format on */

static void test_pipelining(void)
{
    check_cases(PIPELINING, G_N_ELEMENTS(PIPELINING), &OPTIONS);
}

#define NONE     "250 mx\r\n"
#define MAIL(id) "MAIL FROM:<a+" id "@example.org>\r\n"
#define RCPT(id) "RCPT TO:<m" id "@example.net>\r\n"

/* clang-format off */
static const Case ONE_BY_ONE[] = {
    { "without PIPELINING, a command at a time", 2,
      { HELLO, { NONE, MAIL("1") }, { OK, RCPT("1") }, { OK, "DATA\r\n" }, { GO, BODY("1") },
        { TAKEN, MAIL("2") }, { OK, RCPT("2") }, { OK, "DATA\r\n" }, { GO, BODY("2") },
        { TAKEN, "" } },
      "1 sent 250 2.0.0 taken\n2 sent 250 2.0.0 taken\n", "", NULL },
    { "without EHLO", 1,
      { HELLO, { "502 5.5.1 what?\r\n", "HELO list.example.org\r\n" }, { NONE, MAIL("1") },
        { OK, RCPT("1") }, { OK, "DATA\r\n" }, { GO, BODY("1") }, { TAKEN, "" } },
      "1 sent 250 2.0.0 taken\n", "", NULL },
    { "the name of the relay is no extension", 1,
      { HELLO, { "250-PIPELINING\r\n250 HELP\r\n", MAIL("1") } }, "1 lost 0  " LOST, "", NULL },
    { "a refused sender", 2,
      { HELLO, { NONE, MAIL("1") }, { "550 no\r\n", MAIL("2") }, { OK, RCPT("2") } },
      "1 refused 550  no\n2 lost 0  " LOST, "", NULL },
    { "a refused recipient", 2,
      { HELLO, { NONE, MAIL("1") }, { OK, RCPT("1") }, { "550 no\r\n", "RSET\r\n" },
        { OK, MAIL("2") }, { OK, RCPT("2") }, { "450 later\r\n", "RSET\r\n" }, { OK, "" } },
      "1 refused 550  no\n2 deferred 450  later\n", "", NULL },
    { "a refused DATA and a refused message", 2,
      { HELLO, { NONE, MAIL("1") }, { OK, RCPT("1") }, { OK, "DATA\r\n" },
        { "554 no\r\n", "RSET\r\n" }, { OK, MAIL("2") }, { OK, RCPT("2") }, { OK, "DATA\r\n" },
        { GO, BODY("2") }, { "554 5.7.1 spam\r\n", "" } },
      "1 refused 554  no\n2 refused 554 5.7.1 spam\n", "", NULL },
    { "530 is about us, so the others are not tried", 3,
      { HELLO, { NONE, MAIL("1") }, { "530 5.7.0 authenticate first\r\n", "" } },
      "1 deferred 530 5.7.0 authenticate first\n", "2 3 ",
      "the relay answered to MAIL: 530 authenticate first" },
};
/* clang-format on */

static void test_one_by_one(void)
{
    check_cases(ONE_BY_ONE, G_N_ELEMENTS(ONE_BY_ONE), &OPTIONS);
}

/* Cuts the connection behind each reply: what was never begun comes back, what has no last dot
 * is lost, what has one is uncertain. */
/* clang-format off */
static const Case CUTS[] = {
    { "before the greeting", 2, { { NULL, NULL } }, "", "1 2 ", NULL },
    { "before the answer to EHLO", 2, { HELLO }, "", "1 2 ", NULL },
    { "before the answer to MAIL", 2, { HELLO, { ALL, OPEN("1") } },
      "1 lost 0  " LOST, "2 ", NULL },
    { "before the answer to RCPT", 2, { HELLO, { ALL, OPEN("1") }, { OK, "" } },
      "1 lost 0  " LOST, "2 ", NULL },
    { "before the answer to DATA", 2, { HELLO, { ALL, OPEN("1") }, { OK OK, "" } },
      "1 lost 0  " LOST, "2 ", NULL },
    { "before the answer to the dot", 3,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") OPEN("2") } },
      "1 uncertain 0  " LOST "2 lost 0  " LOST, "3 ", NULL },
    { "behind it", 3,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") OPEN("2") }, { TAKEN, "" } },
      "1 sent 250 2.0.0 taken\n2 lost 0  " LOST, "3 ", NULL },
    { "behind a refusal", 2, { HELLO, { ALL, OPEN("1") }, { OK "550 5.1.1 no\r\n", "" } },
      "1 refused 550 5.1.1 no\n", "2 ", NULL },
};
/* clang-format on */

static void test_cuts(void)
{
    check_cases(CUTS, G_N_ELEMENTS(CUTS), &OPTIONS);
}

#define BYE          "421 4.3.2 shutting down\r\n"
#define BYE_TO(what) "the relay answered to " what ": 421 shutting down"

/* clang-format off */
static const Case GOODBYES[] = {
    { "421 for a greeting", 1, { { BYE, "" } }, "", "1 ", BYE_TO("the connection") },
    { "421 to EHLO", 1, { HELLO, { BYE, "" } }, "", "1 ", BYE_TO("EHLO") },
    { "421 to MAIL", 2, { HELLO, { ALL, OPEN("1") }, { BYE, "" } },
      "1 deferred 421 4.3.2 shutting down\n", "2 ", BYE_TO("MAIL") },
    { "421 to RCPT", 2, { HELLO, { ALL, OPEN("1") }, { OK BYE, "" } },
      "1 deferred 421 4.3.2 shutting down\n", "2 ", BYE_TO("RCPT") },
    { "421 to DATA", 2, { HELLO, { ALL, OPEN("1") }, { OK OK BYE, "" } },
      "1 deferred 421 4.3.2 shutting down\n", "2 ", BYE_TO("DATA") },
    { "421 behind a refusal", 2,
      { HELLO, { ALL, OPEN("1") }, { OK "550 5.1.1 no\r\n" BYE, "" } },
      "1 refused 550 5.1.1 no\n", "2 ", BYE_TO("DATA") },
    { "421 to the dot", 3,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") OPEN("2") }, { BYE, "" } },
      "1 deferred 421 4.3.2 shutting down\n2 lost 0  " BYE_TO("the last dot") "\n", "3 ",
      BYE_TO("the last dot") },
    { "421 to a lone dot", 1,
      { HELLO, { ALL, OPEN("1") }, { OK "450 no\r\n" GO, ".\r\n" }, { BYE, "" } },
      "1 deferred 450  no\n", "", BYE_TO("the last dot") },
    { "421 to nothing, as of a relay that waited too long", 1,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") }, { TAKEN, "" }, { BYE, "" } },
      "1 sent 250 2.0.0 taken\n", "", BYE_TO("nothing we asked") },
};
/* clang-format on */

static void test_goodbyes(void)
{
    check_cases(GOODBYES, G_N_ELEMENTS(GOODBYES), &OPTIONS);
}

/* clang-format off */
static const Case PROTOCOL_ERRORS[] = {
    { "another protocol", 1, { { "SSH-2.0-OpenSSH_9.2\r\n", "" } }, "", "1 ",
      "the relay does not speak SMTP: not a reply: \"SSH-2.0-OpenSSH_9.2\"" },
    { "a refusing greeting", 1, { { "554 5.7.1 go away\r\n", "" } }, "", "1 ",
      "the relay answered to the connection: 554 go away" },
    { "an odd greeting", 1, { { "250 mx\r\n", "" } }, "", "1 ",
      "the relay answered to the connection: 250 mx" },
    { "an escape sequence", 1, { { "554 \x1b[2J\xff\r\n", "" } }, "", "1 ",
      "the relay answered to the connection: 554 \\x1b[2J\\xff" },
    { "EHLO put off", 1, { HELLO, { "451 4.3.0 later\r\n", "" } }, "", "1 ",
      "the relay answered to EHLO: 451 later" },
    { "HELO refused", 1,
      { HELLO, { "500 what?\r\n", "HELO list.example.org\r\n" }, { "500 what?\r\n", "" } },
      "", "1 ", "the relay answered to HELO: 500 what?" },
    { "one reply too many", 1,
      { HELLO, { ALL, OPEN("1") }, { OK OK GO, BODY("1") }, { TAKEN, "" }, { TAKEN, "" } },
      "1 sent 250 2.0.0 taken\n", "", "the relay answered to nothing we asked: 250 taken" },
    { "250 to DATA", 2, { HELLO, { ALL, OPEN("1") }, { OK OK OK, "" } },
      "1 lost 0  the relay answered to DATA: 250 ok\n", "2 ",
      "the relay answered to DATA: 250 ok" },
    { "354 to MAIL", 2, { HELLO, { ALL, OPEN("1") }, { GO, "" } },
      "1 lost 0  the relay answered to MAIL: 354 go on\n", "2 ",
      "the relay answered to MAIL: 354 go on" },
    { "RSET refused", 2,
      { HELLO, { ALL, OPEN("1") }, { OK "550 no\r\n503 no\r\n", "RSET\r\n" OPEN("2") },
        { "500 what?\r\n", "" } },
      "1 refused 550  no\n2 lost 0  the relay answered to RSET: 500 what?\n", "",
      "the relay answered to RSET: 500 what?" },
};
/* clang-format on */

static void test_protocol_errors(void)
{
    check_cases(PROTOCOL_ERRORS, G_N_ELEMENTS(PROTOCOL_ERRORS), &OPTIONS);
}

/* A relay that answers before it can have read the message: it does not know what a message
 * is, and would read the rest as commands. */
static void check_early_answer(const char *answer, const char *want)
{
    g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);
    g_autoptr(GString) output = g_string_new(NULL);
    g_autoptr(GString) results = g_string_new(NULL);
    struct iovec vectors[8];

    add_job(smtp, 1, (SmtpJob){ 0 });
    add_job(smtp, 2, (SmtpJob){ 0 });
    smtp_feed(smtp, "220 mx\r\n" ALL, strlen("220 mx\r\n" ALL));
    take_output(smtp, 1000, output);
    smtp_feed(smtp, OK OK GO, strlen(OK OK GO));
    g_assert_cmpuint(smtp_output(smtp, vectors, 8), >, 0);
    smtp_wrote(smtp, strlen(BODY("1")) - 1);
    smtp_feed(smtp, answer, strlen(answer));
    take_results(smtp, results);
    g_assert_cmpstr(results->str, ==, want);
    g_assert_cmpint(smtp_state(smtp), ==, SMTP_ENDED);
    g_assert_cmpuint(smtp_output(smtp, vectors, 8), ==, 0);
}

static void test_early_answer_ends_the_session(void)
{
#define EARLY(reply) "the relay answered to a message before its end: " reply "\n"
    check_early_answer(TAKEN, "1 lost 0  " EARLY("250 taken") "2 lost 0  " EARLY("250 taken"));
    check_early_answer("552 5.3.4 too big\r\n", "1 refused 552 5.3.4 too big\n"
                                                "2 lost 0  " EARLY("552 too big"));
    check_early_answer("451 4.3.0 no\r\n", "1 deferred 451 4.3.0 no\n"
                                           "2 lost 0  " EARLY("451 no"));
}

static void test_unwritten_dot_is_lost_and_a_written_one_uncertain(void)
{
    size_t size = strlen(BODY("1"));

    for (size_t written = 0; written <= size; written++) {
        g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);
        g_autoptr(GString) output = g_string_new(NULL);
        g_autoptr(GString) results = g_string_new(NULL);

        add_job(smtp, 1, (SmtpJob){ 0 });
        smtp_feed(smtp, "220 mx\r\n" ALL, strlen("220 mx\r\n" ALL));
        take_output(smtp, 1000, output);
        smtp_feed(smtp, OK OK GO, strlen(OK OK GO));
        smtp_wrote(smtp, written);
        smtp_lost(smtp, "test");
        take_results(smtp, results);
        g_assert_cmpstr(results->str, ==,
                        written < size ? "1 lost 0  " LOST : "1 uncertain 0  " LOST);
    }
}

static void feed(Smtp *smtp, const char *says, const char *want)
{
    const Turn turn = { says, want };
    take_turn(smtp, &turn, 1000);
}

static const SmtpOptions SECURE = { .hostname = "list.example.org", .needs_tls = true };
static const SmtpOptions LOGIN = { .hostname = "list.example.org",
                                   .user = "muster",
                                   .password = "s\xc3\xa9same" };

static void test_tls_comes_first_and_ehlo_again(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&SECURE);

    add_job(smtp, 1, (SmtpJob){ 0 });
    feed(smtp, "220 mx\r\n", EHLO);
    feed(smtp, ALL, "STARTTLS\r\n");
    feed(smtp, "220 2.0.0 go ahead\r\n", "");
    g_assert_cmpint(smtp_state(smtp), ==, SMTP_WANTS_TLS);
    smtp_tls_started(smtp);
    g_assert_cmpint(smtp_state(smtp), ==, SMTP_OPENING);
    feed(smtp, "", EHLO);
    feed(smtp, NONE, MAIL("1"));
    g_assert_cmpint(smtp_state(smtp), ==, SMTP_READY);
}

static void test_what_was_offered_in_clear_counts_no_more(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&SECURE);

    add_job(smtp, 1, (SmtpJob){ 0 });
    feed(smtp, "220 mx\r\n", EHLO);
    feed(smtp, ALL, "STARTTLS\r\n");
    feed(smtp, "220 go ahead\r\n", "");
    smtp_tls_started(smtp);
    feed(smtp, "500 what?\r\n", EHLO "HELO list.example.org\r\n");
    feed(smtp, NONE, MAIL("1"));
}

static void test_auth_goes_over_tls_only(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&LOGIN);

    add_job(smtp, 1, (SmtpJob){ 0 });
    feed(smtp, "220 mx\r\n", EHLO);
    feed(smtp, ALL, "STARTTLS\r\n");
    feed(smtp, "220 go ahead\r\n", "");
    smtp_tls_started(smtp);
    feed(smtp, ALL, EHLO "AUTH PLAIN AG11c3RlcgBzw6lzYW1l\r\n");
    feed(smtp, "235 2.7.0 welcome\r\n", OPEN("1"));
}

/* Each ends the session with an error; the jobs come back. */
/* clang-format off */
static const Case TLS_FAILURES[] = {
    { "not offered", 1, { HELLO, { NONE, "" } }, "", "1 ",
      "the relay does not offer STARTTLS, which the settings ask for" },
    { "HELO only", 1,
      { HELLO, { "500 what?\r\n", "HELO list.example.org\r\n" }, { NONE, "" } }, "", "1 ",
      "the relay does not offer STARTTLS, which the settings ask for" },
    { "refused", 1, { HELLO, { ALL, "STARTTLS\r\n" }, { "454 4.7.0 no key\r\n", "" } },
      "", "1 ", "the relay answered to STARTTLS: 454 no key" },
    { "a command injected in clear", 1,
      { HELLO, { ALL, "STARTTLS\r\n" }, { "220 go\r\n250-evil\r\n", "" } }, "", "1 ",
      "the relay went on in clear behind its answer to STARTTLS" },
    { "a byte injected in clear", 1,
      { HELLO, { ALL, "STARTTLS\r\n" }, { "220 go\r\n", "" }, { "2", "" } }, "", "1 ",
      "the relay went on in clear behind its answer to STARTTLS" },
};
/* clang-format on */

static void test_tls_failures(void)
{
    check_cases(TLS_FAILURES, G_N_ELEMENTS(TLS_FAILURES), &SECURE);
    check_cases(TLS_FAILURES, G_N_ELEMENTS(TLS_FAILURES), &LOGIN);
}

static void test_auth_failures_end_the_session(void)
{
    static const struct {
        const char *ehlo;
        const char *answer; /* NULL: AUTH is not even tried */
        const char *want;
    } CASES[] = {
        { NONE, NULL, "the relay does not offer AUTH PLAIN, which the settings ask for" },
        { "250-mx\r\n250 AUTH LOGIN CRAM-MD5\r\n", NULL,
          "the relay does not offer AUTH PLAIN, which the settings ask for" },
        { ALL, "535 5.7.8 wrong\r\n", "the relay answered to AUTH: 535 wrong" },
        { ALL, "334 \r\n", "the relay answered to AUTH: 334 " },
        { ALL, "454 4.7.0 later\r\n", "the relay answered to AUTH: 454 later" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(Smtp) smtp = smtp_new(&LOGIN);
        g_autoptr(GString) output = g_string_new(NULL);
        int64_t id = 0;

        g_test_message("%s", CASES[i].want);
        add_job(smtp, 1, (SmtpJob){ 0 });
        feed(smtp, "220 mx\r\n", EHLO);
        feed(smtp, ALL, "STARTTLS\r\n");
        feed(smtp, "220 go ahead\r\n", "");
        smtp_tls_started(smtp);
        smtp_feed(smtp, CASES[i].ehlo, strlen(CASES[i].ehlo));
        take_output(smtp, 1000, output);
        if (CASES[i].answer != NULL)
            feed(smtp, CASES[i].answer, "");
        g_assert_error(smtp_error(smtp), ERR_DOMAIN, ERR_TEMPORARY);
        g_assert_cmpstr(smtp_error(smtp)->message, ==, CASES[i].want);
        g_assert_null(strstr(smtp_error(smtp)->message, LOGIN.password));
        g_assert_true(smtp_take_back(smtp, &id));
    }
}

/* What a job needs against what the relay offers. */
static void test_needs_of_a_job(void)
{
    g_autofree char *text = g_strnfill(996, 'x');
    g_autoptr(GBytes) fits = smtp_stuff(text, 996);
    g_autoptr(GBytes) fills = smtp_stuff(text, 995);
    g_autoptr(GBytes) big = g_bytes_new(text, 996);
    const struct {
        const char *ehlo;
        SmtpJob job;
        const char *want; /* said, or else the result */
    } CASES[] = {
        { "250-mx\r\n250 8BITMIME\r\n",
          { .needs_8bit = true },
          "MAIL FROM:<a+1@example.org> BODY=8BITMIME\r\n" },
        { NONE, { .needs_8bit = true }, MAIL("1") },
        { "250-mx\r\n250 SMTPUTF8\r\n",
          { .needs_utf8 = true },
          "MAIL FROM:<a+1@example.org> SMTPUTF8\r\n" },
        { "250-mx\r\n250 smtputf8\r\n",
          { .recipient = "\xc3\xbc@example.net" },
          "MAIL FROM:<a+1@example.org> SMTPUTF8\r\n" },
        { NONE,
          { .needs_utf8 = true },
          "1 refused 550 5.6.7 the copy needs SMTPUTF8, which the relay does not offer\n" },
        { NONE,
          { .recipient = "\xc3\xbc@example.net" },
          "1 refused 550 5.6.7 the copy needs SMTPUTF8, which the relay does not offer\n" },
        { NONE,
          { .sender = "\xc3\xbc@example.net" },
          "1 refused 550 5.6.7 the copy needs SMTPUTF8, which the relay does not offer\n" },
        { NONE, { .sender = "" }, "MAIL FROM:<>\r\n" },
        { "250-mx\r\n250 SIZE 998\r\n",
          { .body = fits },
          "MAIL FROM:<a+1@example.org> SIZE=998\r\n" },
        { "250-mx\r\n250 SIZE 997\r\n",
          { .body = fits },
          "1 refused 552 5.3.4 the message is bigger than the relay takes\n" },
        { "250-mx\r\n250 SIZE 997\r\n",
          { .body = fills },
          "MAIL FROM:<a+1@example.org> SIZE=997\r\n" },
        { "250-mx\r\n250 SIZE 0\r\n",
          { .body = big },
          "MAIL FROM:<a+1@example.org> SIZE=996\r\n" },
        { "250-mx\r\n250 SIZE\r\n",
          { .body = big },
          "MAIL FROM:<a+1@example.org> SIZE=996\r\n" },
        { NONE,
          { .recipient = "x@example.net>\r\nRCPT TO:<eve@example.net" },
          "1 refused 553 5.1.3 the address holds what no address can\n" },
        { NONE,
          { .sender = "x@example.net> BODY=7BIT" },
          "1 refused 553 5.1.3 the address holds what no address can\n" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);
        g_autoptr(GString) said = g_string_new(NULL);

        g_test_message("%s", CASES[i].want);
        add_job(smtp, 1, CASES[i].job);
        feed(smtp, "220 mx\r\n", EHLO);
        smtp_feed(smtp, CASES[i].ehlo, strlen(CASES[i].ehlo));
        take_output(smtp, 1000, said);
        take_results(smtp, said);
        g_assert_cmpstr(said->str, ==, CASES[i].want);
    }
}

static void test_refused_here_lets_the_next_one_go(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);

    add_job(smtp, 1, (SmtpJob){ .needs_utf8 = true });
    add_job(smtp, 2, (SmtpJob){ 0 });
    feed(smtp, "220 mx\r\n", EHLO);
    feed(smtp, NONE, MAIL("2"));
    g_assert_cmpuint(smtp_jobs(smtp), ==, 1);
}

static void test_job_for_an_idle_session_goes_at_once(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);

    feed(smtp, "220 mx\r\n", EHLO);
    feed(smtp, ALL, "");
    add_job(smtp, 1, (SmtpJob){ 0 });
    feed(smtp, "", OPEN("1"));
    feed(smtp, OK OK GO, BODY("1"));
    add_job(smtp, 2, (SmtpJob){ 0 });
    feed(smtp, "", OPEN("2"));
}

static void test_quit_waits_for_the_jobs(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);
    g_autoptr(GString) results = g_string_new(NULL);

    feed(smtp, "220 mx\r\n", EHLO);
    feed(smtp, ALL, "");
    g_assert_cmpint(smtp_patience_s(smtp), ==, 0);
    add_job(smtp, 1, (SmtpJob){ 0 });
    smtp_quit(smtp);
    feed(smtp, "", OPEN("1"));
    feed(smtp, OK OK GO, BODY("1"));
    g_assert_cmpint(smtp_patience_s(smtp), ==, 600);
    feed(smtp, TAKEN, "QUIT\r\n");
    add_job(smtp, 2, (SmtpJob){ 0 }); /* too late */
    feed(smtp, "221 2.0.0 bye\r\n", "");
    g_assert_cmpint(smtp_state(smtp), ==, SMTP_ENDED);
    g_assert_no_error(smtp_error(smtp));
    take_results(smtp, results);
    g_assert_cmpstr(results->str, ==, "1 sent 250 2.0.0 taken\n");
    int64_t id = 0;
    g_assert_true(smtp_take_back(smtp, &id));
    g_assert_cmpint(id, ==, 2);
}

static void test_quit_is_no_error_however_it_is_answered(void)
{
    static const char *const ANSWERS[] = { "221 bye\r\n", "421 bye\r\n", "500 what?\r\n",
                                           NULL };

    for (size_t i = 0; i < G_N_ELEMENTS(ANSWERS); i++) {
        g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);
        feed(smtp, "220 mx\r\n", EHLO);
        feed(smtp, NONE, "");
        smtp_quit(smtp);
        feed(smtp, "", "QUIT\r\n");
        if (ANSWERS[i] != NULL)
            feed(smtp, ANSWERS[i], "");
        else
            smtp_lost(smtp, "test");
        g_assert_cmpint(smtp_state(smtp), ==, SMTP_ENDED);
        g_assert_no_error(smtp_error(smtp));
    }
}

static void test_quit_before_it_is_open_gives_the_jobs_back(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);
    int64_t id = 0;

    add_job(smtp, 1, (SmtpJob){ 0 });
    g_assert_false(smtp_take_back(smtp, &id)); /* not while it may be sent yet */
    smtp_quit(smtp);
    g_assert_cmpint(smtp_state(smtp), ==, SMTP_ENDED);
    g_assert_true(smtp_take_back(smtp, &id));
    g_assert_false(smtp_take_back(smtp, &id));
}

static void test_what_was_not_begun_can_be_withdrawn(void)
{
    g_autoptr(Smtp) smtp = smtp_new(&OPTIONS);
    int64_t id = 0;

    add_job(smtp, 1, (SmtpJob){ 0 });
    add_job(smtp, 2, (SmtpJob){ 0 });
    feed(smtp, "220 mx\r\n", EHLO);
    feed(smtp, "250 mx\r\n", "MAIL FROM:<a+1@example.org>\r\n");
    g_assert_true(smtp_withdraw(smtp, &id));
    g_assert_cmpint(id, ==, 2);
    g_assert_false(smtp_withdraw(smtp, &id)); /* the first one is on its way */
    g_assert_cmpuint(smtp_jobs(smtp), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smtp/pipelining", test_pipelining);
    g_test_add_func("/smtp/one-by-one", test_one_by_one);
    g_test_add_func("/smtp/cuts", test_cuts);
    g_test_add_func("/smtp/goodbyes", test_goodbyes);
    g_test_add_func("/smtp/protocol-errors", test_protocol_errors);
    g_test_add_func("/smtp/early", test_early_answer_ends_the_session);
    g_test_add_func("/smtp/dot", test_unwritten_dot_is_lost_and_a_written_one_uncertain);
    g_test_add_func("/smtp/tls", test_tls_comes_first_and_ehlo_again);
    g_test_add_func("/smtp/tls-offers", test_what_was_offered_in_clear_counts_no_more);
    g_test_add_func("/smtp/auth", test_auth_goes_over_tls_only);
    g_test_add_func("/smtp/tls-failures", test_tls_failures);
    g_test_add_func("/smtp/auth-failures", test_auth_failures_end_the_session);
    g_test_add_func("/smtp/needs", test_needs_of_a_job);
    g_test_add_func("/smtp/refused-here", test_refused_here_lets_the_next_one_go);
    g_test_add_func("/smtp/idle", test_job_for_an_idle_session_goes_at_once);
    g_test_add_func("/smtp/quit", test_quit_waits_for_the_jobs);
    g_test_add_func("/smtp/quit-answers", test_quit_is_no_error_however_it_is_answered);
    g_test_add_func("/smtp/withdraw", test_what_was_not_begun_can_be_withdrawn);
    g_test_add_func("/smtp/quit-early", test_quit_before_it_is_open_gives_the_jobs_back);
    return g_test_run();
}
