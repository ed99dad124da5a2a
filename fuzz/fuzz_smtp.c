/* Whatever a relay says, and however that is cut: the client says the same, every job ends in
 * exactly one way, and no text of the relay can break a line or a terminal. The first byte sets
 * the options. */
#include "fuzz.h"

#include <string.h>

#include "mail/smtp.h"

#define JOBS 4

static const char BODY[] = "Subject: hi\r\n\r\n.\nhello\r\n";

static void add_jobs(Smtp *smtp)
{
    g_autoptr(GBytes) body = smtp_stuff(BODY, strlen(BODY));

    for (int i = 0; i < JOBS; i++)
        smtp_add(smtp,
                 &(SmtpJob){ .id = i,
                             .sender = "list+tag@example.org",
                             .recipient = i == 1 ? "\xc3\xbc@example.net" : "m@example.net",
                             .body = body,
                             .needs_8bit = i == 2 });
}

static void take_output(Smtp *smtp, GString *said)
{
    struct iovec vectors[4];
    size_t n = 0;

    while ((n = smtp_output(smtp, vectors, G_N_ELEMENTS(vectors))) > 0) {
        size_t size = 0;
        for (size_t i = 0; i < n; i++) {
            g_assert(vectors[i].iov_len > 0);
            g_string_append_len(said, vectors[i].iov_base, (gssize) vectors[i].iov_len);
            size += vectors[i].iov_len;
        }
        smtp_wrote(smtp, size);
    }
}

static void check_text(const char *text)
{
    for (; *text != '\0'; text++)
        g_assert((unsigned char) *text >= ' ' && *text != 0x7f);
}

static void end_job(unsigned *ended, int64_t id, GString *said)
{
    g_assert(id >= 0 && id < JOBS);
    g_assert((*ended & (1U << id)) == 0);
    *ended |= 1U << id;
    g_string_append_printf(said, "[%d]", (int) id);
}

static void take_results(Smtp *smtp, unsigned *ended, GString *said)
{
    g_auto(SmtpResult) result = { 0 };

    while (smtp_next_result(smtp, &result)) {
        check_text(result.text);
        check_text(result.status);
        g_assert(result.outcome != SMTP_SENT || result.code / 100 == 2);
        g_string_append_printf(said, "%d %d", result.outcome, result.code);
        end_job(ended, result.id, said);
        smtp_result_clear(&result);
    }
}

static void end_session(Smtp *smtp, GString *said)
{
    unsigned ended = 0;
    int64_t id = 0;

    smtp_quit(smtp);
    take_output(smtp, said);
    smtp_lost(smtp, "the end");
    g_assert(smtp_state(smtp) == SMTP_ENDED);
    take_results(smtp, &ended, said);
    while (smtp_take_back(smtp, &id))
        end_job(&ended, id, said);
    g_assert(ended == (1U << JOBS) - 1);
    g_assert(smtp_jobs(smtp) == 0);
    if (smtp_error(smtp) != NULL)
        check_text(smtp_error(smtp)->message);
}

static GString *talk(const char *data, size_t size, bool is_bytewise, uint8_t flags)
{
    const SmtpOptions options = {
        .hostname = "list.example.org",
        .needs_tls = (flags & 1) != 0,
        .user = (flags & 2) != 0 ? "muster" : NULL,
        .password = "sesame",
    };
    GString *said = g_string_new(NULL);
    g_autoptr(Smtp) smtp = smtp_new(&options);

    add_jobs(smtp);
    while (size > 0) {
        const char *lf = memchr(data, '\n', size);
        size_t part = lf != NULL && !is_bytewise ? (size_t) (lf - data) + 1 : 1;
        smtp_feed(smtp, data, part);
        if (smtp_state(smtp) == SMTP_WANTS_TLS)
            smtp_tls_started(smtp);
        take_output(smtp, said);
        data += part;
        size -= part;
    }
    end_session(smtp, said);
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    g_autoptr(GString) whole = talk((const char *) data + 1, size - 1, false, data[0]);
    g_autoptr(GString) cut = talk((const char *) data + 1, size - 1, true, data[0]);
    g_assert(g_string_equal(whole, cut));
    return 0;
}
