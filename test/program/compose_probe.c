/* For test_compose.py: reads a JSON object per line ("from_name", "subject", "text") and writes
 * the size of the mail on a line, then the mail itself. */
#include <jansson.h>
#include <stdio.h>

#include "mail/compose.h"

static const char *member(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    g_assert_nonnull(value);
    return value;
}

static GBytes *mail_of(const json_t *object)
{
    const ComposeMailbox to[] = { { member(object, "from_name"), "jane@nic.example" },
                                  { NULL, "tld-ops@lists.example.org" } };
    const ComposeMail mail = {
        .from = { member(object, "from_name"), "tld-ops@lists.example.org" },
        .to = to,
        .n_to = 1,
        .reply_to = to,
        .n_reply_to = 2,
        .subject = member(object, "subject"),
        .date = 1704099900,
        .message_token = "probe.1",
        .message_domain = "lists.example.org",
        .text = member(object, "text"),
    };
    g_autoptr(GError) err = NULL;
    GBytes *bytes = compose_mail(&mail, &err);
    g_assert_no_error(err);
    return bytes;
}

int main(void)
{
    json_error_t problem;

    for (;;) {
        json_t *object = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, &problem);
        if (object == NULL)
            return feof(stdin) ? 0 : 1;
        g_autoptr(GBytes) mail = mail_of(object);
        printf("%zu\n", g_bytes_get_size(mail));
        fwrite(g_bytes_get_data(mail, NULL), 1, g_bytes_get_size(mail), stdout);
        json_decref(object);
    }
}
