/* However a session is cut into pieces, the replies and messages are the same; and a message
 * that is handed over is made of whole lines, without a bare CR or LF, without NUL, within the
 * size that was set. */
#include "fuzz.h"

#include <string.h>

#include "base/err.h"
#include "mail/lmtp.h"

#define SIZE_MAX_HERE 2000

static void check_message(const LmtpMessage *message)
{
    size_t size = 0;
    const char *data = g_bytes_get_data(message->data, &size);

    g_assert(message->recipients->len > 0);
    g_assert(size <= SIZE_MAX_HERE);
    g_assert(size == 0 || data[size - 1] == '\n');
    for (size_t i = 0; i < size; i++) {
        g_assert(data[i] != '\0');
        g_assert(data[i] != '\n' || (i > 0 && data[i - 1] == '\r'));
        g_assert(data[i] != '\r' || (i + 1 < size && data[i + 1] == '\n'));
    }
}

/* Refuses what has an x in it, so that both answers are tried. */
static void answer(Lmtp *lmtp, LmtpStep step, GString *out)
{
    g_autoptr(GError) refusal = g_error_new(ERR_DOMAIN, ERR_NOT_FOUND, "nobody");

    if (step == LMTP_ASKS_RECIPIENT) {
        bool is_refused = strchr(lmtp_recipient(lmtp), 'x') != NULL;
        lmtp_answer_recipient(lmtp, is_refused ? refusal : NULL, out);
        return;
    }
    const LmtpMessage *message = lmtp_message(lmtp);
    check_message(message);
    g_string_append_len(out, g_bytes_get_data(message->data, NULL),
                        (gssize) g_bytes_get_size(message->data));
    lmtp_answer_message(lmtp, strchr(message->sender, 'x') != NULL ? refusal : NULL, out);
}

static GString *talk(const char *data, size_t size, size_t chunk)
{
    const LmtpOptions options = { .hostname = "mx.example.org", .size_max = SIZE_MAX_HERE };
    GString *out = g_string_new(NULL);
    g_autoptr(Lmtp) lmtp = lmtp_new(&options, out);

    for (size_t at = 0; at < size; at += chunk) {
        lmtp_feed(lmtp, data + at, MIN(chunk, size - at));
        for (LmtpStep step; (step = lmtp_step(lmtp, out)) != LMTP_NEEDS_BYTES;) {
            if (step == LMTP_ENDED)
                return out;
            answer(lmtp, step, out);
        }
    }
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t CHUNKS[] = { 1, 2, 13 };
    g_autoptr(GString) whole = talk((const char *) data, size, MAX(size, 1));

    for (size_t i = 0; i < G_N_ELEMENTS(CHUNKS); i++) {
        g_autoptr(GString) cut = talk((const char *) data, size, CHUNKS[i]);
        g_assert(g_string_equal(whole, cut));
    }
    return 0;
}
