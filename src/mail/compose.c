#include "mail/compose.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "mail/encode.h"
#include "mail/head.h"

/* English whatever the locale says, so strftime and GDateTime's names are of no use. */
static const char *const DAYS[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char *const MONTHS[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

char *compose_date(int64_t seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    g_assert(time != NULL);

    return g_strdup_printf(
        "%s, %02d %s %04d %02d:%02d:%02d +0000", DAYS[g_date_time_get_day_of_week(time) - 1],
        g_date_time_get_day_of_month(time), MONTHS[g_date_time_get_month(time) - 1],
        g_date_time_get_year(time), g_date_time_get_hour(time), g_date_time_get_minute(time),
        g_date_time_get_second(time));
}

static bool add_mailboxes(Head *head, const char *name, const ComposeMailbox *mailboxes,
                          size_t n_mailboxes, GError **err)
{
    g_autoptr(GString) value = g_string_new(NULL);

    for (size_t i = 0; i < n_mailboxes; i++) {
        g_autofree char *address = NULL;
        if (!address_parse(mailboxes[i].address, &address, err))
            return false;
        g_autofree char *mailbox = encode_mailbox(mailboxes[i].name, address);
        g_string_append_printf(value, "%s%s", i > 0 ? ", " : "", mailbox);
    }
    return head_append(head, name, value->str, HEAD_UTF8, err);
}

static bool add_addresses(Head *head, const ComposeMail *mail, GError **err)
{
    if (mail->n_to == 0)
        return err_set(err, ERR_INVALID, "a mail needs a recipient in To");
    if (!add_mailboxes(head, "From", &mail->from, 1, err) ||
        !add_mailboxes(head, "To", mail->to, mail->n_to, err))
        return false;
    return mail->n_reply_to == 0 ||
           add_mailboxes(head, "Reply-To", mail->reply_to, mail->n_reply_to, err);
}

static bool is_token(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr("._+-", *c) == NULL)
            return false;
    }
    return *text != '\0';
}

static bool add_message_id(Head *head, const ComposeMail *mail, GError **err)
{
    if (!is_token(mail->message_token))
        return err_set(err, ERR_INVALID, "not a token for a message id");

    g_autofree char *domain = NULL;
    if (!domain_parse(mail->message_domain, &domain, err))
        return false;
    g_autofree char *id = g_strdup_printf("<%s@%s>", mail->message_token, domain);
    return head_append(head, "Message-ID", id, HEAD_ASCII, err);
}

static bool is_message_id(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 33 || text[i] > 126 || text[i] == '<' || text[i] == '>')
            return false;
    }
    return size > 0 && size <= MESSAGE_ID_MAX;
}

/* An answer must reach its reader even if the id it answers is too odd to be repeated. */
static bool add_in_reply_to(Head *head, const ComposeMail *mail, GError **err)
{
    if (mail->in_reply_to == NULL || !is_message_id(mail->in_reply_to))
        return true;

    g_autofree char *id = g_strdup_printf("<%s>", mail->in_reply_to);
    return head_append(head, "In-Reply-To", id, HEAD_ASCII, err) &&
           head_append(head, "References", id, HEAD_ASCII, err);
}

/* A second From or Subject would leave it to the reader which one counts. */
static bool add_further(Head *head, const ComposeMail *mail, GError **err)
{
    static const char *const OURS[] = { "Reply-To", "In-Reply-To", "References",
                                        "Auto-Submitted" };

    for (size_t i = 0; i < mail->n_fields; i++) {
        const ComposeField *field = &mail->fields[i];
        bool is_ours = head_count(head, field->name) > 0;
        for (size_t n = 0; n < G_N_ELEMENTS(OURS); n++)
            is_ours = is_ours || g_ascii_strcasecmp(field->name, OURS[n]) == 0;
        if (is_ours)
            return err_set(err, ERR_INVALID, "a further field must not be a second \"%s\"",
                           field->name);
        if (!head_append(head, field->name, field->value, HEAD_ASCII, err))
            return false;
    }
    return true;
}

static bool add_subject_and_date(Head *head, const ComposeMail *mail, GError **err)
{
    g_autofree char *subject = encode_text(mail->subject);
    g_autofree char *date = compose_date(mail->date);

    return head_append(head, "Subject", subject, HEAD_ASCII, err) &&
           head_append(head, "Date", date, HEAD_ASCII, err);
}

static bool add_mime(Head *head, const EncodedBody *body, GError **err)
{
    return head_append(head, "MIME-Version", "1.0", HEAD_ASCII, err) &&
           head_append(head, "Content-Type", "text/plain; charset=utf-8", HEAD_ASCII, err) &&
           head_append(head, "Content-Transfer-Encoding", body->encoding, HEAD_ASCII, err);
}

static bool add_auto_submitted(Head *head, const ComposeMail *mail, GError **err)
{
    return mail->auto_submitted == NULL ||
           head_append(head, "Auto-Submitted", mail->auto_submitted, HEAD_ASCII, err);
}

GBytes *compose_mail(const ComposeMail *mail, GError **err)
{
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    g_autoptr(Head) head = head_parse(nothing, err);
    g_auto(EncodedBody) body = { 0 };
    encode_body(mail->text, &body);

    if (head == NULL || !add_addresses(head, mail, err) ||
        !add_subject_and_date(head, mail, err) || !add_message_id(head, mail, err) ||
        !add_in_reply_to(head, mail, err) || !add_auto_submitted(head, mail, err) ||
        !add_mime(head, &body, err) || !add_further(head, mail, err))
        return NULL;

    g_autoptr(GBytes) header = head_format(head);
    g_string_prepend_len(body.text, g_bytes_get_data(header, NULL),
                         (gssize) g_bytes_get_size(header));
    return g_string_free_to_bytes(g_steal_pointer(&body.text));
}
