/* Law: whatever header a post has, either there is no clean copy of it, or the copy's header
 * reads the same to everybody: nothing malformed, each field of ours once, nothing but ASCII
 * outside of addresses, no line break in an encoded word, the prefix in the subject; the list
 * is the author it shows, and the copy is known again as ours. */
#include "fuzz.h"

#include <string.h>

#include "alert/rewrite.h"
#include "base/err.h"
#include "gmime_leaks.h"
#include "mail/encoded_word.h"

static const char CONF[] = "[community]\n"
                           "list = tld-ops@lists.example.org\n"
                           "secretariat = secretariat@example.org\n"
                           "[policy]\n"
                           "from-rewrite = always\n";

static const char *const ONCE[] = { "From",       "Sender",     "Reply-To",       "Subject",
                                    "Date",       "Message-ID", "List-Id",        "List-Post",
                                    "List-Owner", "Precedence", "X-Muster-Sender" };
static const char *const NEVER[] = { "Bcc",         "Authentication-Results",
                                     "Return-Path", "Disposition-Notification-To",
                                     "X-Loop",      "Approved" };

static bool is_law_broken(const char *name, const char *value, const void *unused)
{
    bool has_addresses = g_ascii_strcasecmp(name, "Reply-To") == 0;
    return (!has_addresses && !g_str_is_ascii(value)) || encoded_word_hides_break(value);
}

static void check_fields(const Config *config, Head *head)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ONCE); i++)
        g_assert_cmpuint(head_count(head, ONCE[i]), ==, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(NEVER); i++)
        g_assert_cmpuint(head_count(head, NEVER[i]), ==, 0);
    g_assert_cmpuint(head_malformed(head), ==, 0);
    g_assert_cmpuint(head_remove_if(head, is_law_broken, NULL), ==, 0);

    g_autofree char *sender = head_get(head, "X-Muster-Sender", 0);
    g_assert_cmpstr(sender, ==, "recognised: primary address of Jane Doe, .ca");
}

static void check_copy(const Config *config, GBytes *bytes)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Head) head = head_parse(bytes, &err);
    if (head == NULL) /* it grew over the limit */
        return;
    check_fields(config, head);

    g_autoptr(Message) copy = message_read(bytes, &err);
    g_assert_no_error(err);
    g_assert_cmpuint(copy->from->len, ==, 1);
    const Mailbox *author = copy->from->pdata[0];
    g_assert_cmpstr(author->address, ==, "tld-ops@lists.example.org");
    g_assert_true(rewrite_is_ours(config, copy, head));
    g_assert_nonnull(strcasestr(copy->subject, "[TLD-OPS]"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(GBytes) mail = g_bytes_new_static(data, size);
    g_autoptr(Message) message = message_read(mail, NULL);
    g_autoptr(Head) head = head_parse(mail, NULL);
    if (message == NULL || head == NULL)
        return 0;
    g_assert_true(config_parse(CONF, strlen(CONF), "/muster.conf", &config, NULL));

    const RewritePost post = {
        .config = config,
        .message = message,
        .route = ROUTE_EVERYONE,
        .recognised = "recognised: primary address of Jane Doe, .ca",
        .id = 7,
        .now = 1790000000,
    };
    g_autoptr(GError) err = NULL;
    if (rewrite_post(&post, head, &err)) {
        g_autoptr(GBytes) copy = head_format(head);
        check_copy(config, copy);
    } else {
        g_assert_true(err_is(err, ERR_INVALID));
    }
    return 0;
}
