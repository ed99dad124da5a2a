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

static char *render_text(const Work *work, const char *language, const char *name,
                         const json_t *data, GError **err)
{
    const char *tag = language != NULL ? language : "en";
    g_autofree char *file = g_strconcat(name, ".mustache", NULL);
    g_autofree char *folder = g_strconcat(work->share, "/mail", NULL);
    g_autoptr(Template) template = template_load(work->config->mail_templates, folder, tag,
                                                 file, TEMPLATE_TEXT, err);
    if (template == NULL)
        return NULL;
    return template_render(template, data, TEMPLATE_REFUSE, err);
}

static char *render(const Work *work, const Letter *letter, json_t *data, GError **err)
{
    json_object_set_new(data, "community", json_string(work->config->name));
    json_object_set_new(data, "list", json_string(work->config->list));
    return render_text(work, letter->language, letter->template, data, err);
}

static GBytes *compose(const Work *work, const Letter *letter, const char *subject,
                       const char *body, const char *token, GError **err)
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
}

static bool put_out(const Work *work, const Letter *letter, const char *subject, GBytes *mail,
                    const char *header_id, int64_t *ret_message_id, GError **err)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(addresses, g_strdup(letter->to));
    const OutboxMessage message = {
        .kind = letter->kind,
        .is_utf8 = !address_is_ascii(letter->to) || !address_is_ascii(letter->from),
        .header_id = header_id,
        .subject = subject,
        .data = mail,
    };
    return outbox_add(work->db, &message, addresses, work->now, ret_message_id, err);
}

bool letter_send_known(const Work *work, const Letter *letter, LetterSent *ret_sent,
                       GError **err)
{
    g_autoptr(json_t) data = letter->data;
    g_autofree char *token = token_new();
    g_autofree char *text = render(work, letter, data, err);
    char *subject = NULL;
    char *body = NULL;
    if (text == NULL || !split(text, letter->template, &subject, &body, err))
        return false;
    g_autoptr(GBytes) mail = compose(work, letter, subject, body, token, err);
    g_autofree char *header_id = g_strdup_printf("%s@%s", token,
                                                 address_domain(work->config->list));
    int64_t message_id = 0;
    if (mail == NULL || !put_out(work, letter, subject, mail, header_id, &message_id, err))
        return false;
    *ret_sent = (LetterSent){ message_id, g_steal_pointer(&header_id) };
    return true;
}

bool letter_went_to(Db *db, const char *header_id, const char *address, bool *ret_went,
                    GError **err)
{
    int64_t count = 0;
    if (!db_select_int(db,
                       "SELECT count(*) FROM message m JOIN delivery d ON d.message_id = m.id"
                       " WHERE m.header_id = $1 AND d.address = $2",
                       DB_ARGS(db_text(header_id), db_text(address)), &count, err))
        return false;
    *ret_went = count > 0;
    return true;
}

bool letter_send(const Work *work, const Letter *letter, GError **err)
{
    g_auto(LetterSent) sent = { .message_id = 0 };
    return letter_send_known(work, letter, &sent, err);
}

bool letter_preview(const Work *work, const Letter *letter, char **ret_subject, char **ret_text,
                    GError **err)
{
    g_autoptr(json_t) data = letter->data;
    g_autofree char *text = render(work, letter, data, err);
    char *subject = NULL;
    char *body = NULL;
    if (text == NULL || !split(text, letter->template, &subject, &body, err))
        return false;
    *ret_subject = g_strdup(subject);
    *ret_text = g_strdup(body);
    return true;
}

char *letter_part(const Work *work, const char *language, const char *name, GError **err)
{
    const Config *config = work->config;
    g_autofree char *request = address_with_detail(config->list, "-request");
    g_autoptr(json_t) data = json_pack("{s:s, s:s, s:s, s:I}", "community", config->name,
                                       "list", config->list, "request", request, "contacts",
                                       config->contacts_per_tld);
    char *text = render_text(work, language, name, data, err);
    return text != NULL ? g_strchomp(text) : NULL;
}

bool letter_speaks(const Work *work, const char *language, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".mustache", NULL);
    g_autofree char *ours = g_build_filename(work->share, "mail", language, file, NULL);
    if (strchr(language, '/') != NULL || g_str_has_prefix(language, "."))
        return false;
    if (g_file_test(ours, G_FILE_TEST_EXISTS))
        return true;
    if (work->config->mail_templates == NULL)
        return false;
    g_autofree char *override = g_build_filename(work->config->mail_templates, language, file,
                                                 NULL);
    return g_file_test(override, G_FILE_TEST_EXISTS);
}
