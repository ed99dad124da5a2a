#include "queue/letter.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/template.h"
#include "base/token.h"
#include "mail/compose.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* Text that is cut in two: the subject's line and the rest. */
static bool split(char *text, const char *name, char **ret_subject, char **ret_body,
                  GError **err)
{
    static const char FIELD[] = "Subject: ";
    char *end = strchr(text, '\n');
    if (!g_str_has_prefix(text, FIELD) || end == NULL)
        return err_set(err, ERR_INVALID, "%s: the first line is no \"Subject: ...\"", name);
    *end = '\0';
    *ret_subject = g_strstrip(text + strlen(FIELD));
    *ret_body = end + 1 + strspn(end + 1, "\r\n");
    return true;
}

static char *render(const Work *work, const Letter *letter, json_t *data, GError **err)
{
    const Config *config = work->config;
    g_autofree char *name = g_strconcat(letter->template, ".mustache", NULL);
    g_autofree char *folder = g_strconcat(work->share, "/mail", NULL);
    const char *language = letter->language != NULL ? letter->language : "en";
    g_autoptr(Template) template = template_load(config->mail_templates, folder, language, name,
                                                 TEMPLATE_TEXT, err);
    if (template == NULL)
        return NULL;
    json_object_set_new(data, "community", json_string(config->name));
    json_object_set_new(data, "list", json_string(config->list));
    return template_render(template, data, TEMPLATE_REFUSE, err);
}

static GBytes *compose(const Work *work, const Letter *letter, const char *token,
                       const char *subject, const char *body, GError **err)
{
    const Config *config = work->config;
    const ComposeMailbox to = { NULL, letter->to };
    const ComposeMailbox from = { config->name, letter->from };
    const ComposeMail mail = {
        .from = from,
        .to = &to,
        .n_to = 1,
        .reply_to = &from,
        .n_reply_to = 1,
        .subject = subject,
        .date = work->now,
        .message_token = token,
        .message_domain = address_domain(config->list),
        .in_reply_to = letter->in_reply_to,
        .auto_submitted = letter->is_reply ? "auto-replied" : "auto-generated",
        .text = body,
    };
    return compose_mail(&mail, err);
}

void letter_sent_clear(LetterSent *sent)
{
    g_clear_pointer(&sent->header_id, g_free);
    g_clear_pointer(&sent->subject, g_free);
}

bool letter_send_noted(const Work *work, const Letter *letter, LetterSent *ret_sent,
                       GError **err)
{
    g_autoptr(json_t) data = letter->data;
    g_autofree char *text = render(work, letter, data, err);
    g_autofree char *token = token_new();
    char *subject = NULL;
    char *body = NULL;
    if (text == NULL || !split(text, letter->template, &subject, &body, err))
        return false;
    g_autoptr(GBytes) mail = compose(work, letter, token, subject, body, err);
    if (mail == NULL)
        return false;

    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(addresses, g_strdup(letter->to));
    const OutboxMessage message = {
        .kind = letter->kind,
        .is_utf8 = !address_is_ascii(letter->to) || !address_is_ascii(letter->from),
        .subject = subject,
        .data = mail,
    };
    int64_t message_id = 0;
    if (!outbox_add(work->db, &message, addresses, work->now, &message_id, err))
        return false;
    *ret_sent = (LetterSent){
        .message_id = message_id,
        .header_id = g_strconcat(token, "@", address_domain(work->config->list), NULL),
        .subject = g_strdup(subject),
    };
    return true;
}

bool letter_send(const Work *work, const Letter *letter, GError **err)
{
    g_auto(LetterSent) sent = { 0 };
    return letter_send_noted(work, letter, &sent, err);
}
