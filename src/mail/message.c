#include "mail/message.h"

void mailbox_free(Mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    g_free(mailbox->name);
    g_free(mailbox->address);
    g_free(mailbox->raw);
    g_free(mailbox);
}

void message_report_free(MessageReport *report)
{
    if (report == NULL)
        return;
    g_free(report->final_recipient);
    g_free(report->original_recipient);
    g_free(report->action);
    g_free(report->status);
    g_free(report->diagnostic);
    g_free(report->remote_mta);
    g_free(report);
}

Message *message_new(void)
{
    Message *message = g_new0(Message, 1);
    message->from = g_ptr_array_new_with_free_func((GDestroyNotify) mailbox_free);
    message->reply_to = g_ptr_array_new_with_free_func((GDestroyNotify) mailbox_free);
    message->recipients = g_ptr_array_new_with_free_func((GDestroyNotify) mailbox_free);
    message->references = g_ptr_array_new_with_free_func(g_free);
    message->list_ids = g_ptr_array_new_with_free_func(g_free);
    message->content_type = g_strdup("text/plain");
    message->text = g_strdup("");
    message->attached = g_strdup("");
    message->reports = g_ptr_array_new_with_free_func((GDestroyNotify) message_report_free);
    message->failed_recipients = g_ptr_array_new_with_free_func(g_free);
    message->notices = g_ptr_array_new_with_free_func(g_free);
    return message;
}

void message_free(Message *message)
{
    if (message == NULL)
        return;
    g_clear_pointer(&message->from, g_ptr_array_unref);
    g_clear_pointer(&message->reply_to, g_ptr_array_unref);
    g_clear_pointer(&message->recipients, g_ptr_array_unref);
    g_free(message->subject);
    g_free(message->message_id);
    g_free(message->in_reply_to);
    g_clear_pointer(&message->references, g_ptr_array_unref);
    g_free(message->auto_submitted);
    g_free(message->automatic);
    g_clear_pointer(&message->list_ids, g_ptr_array_unref);
    g_free(message->content_type);
    g_free(message->report_type);
    g_free(message->text);
    g_free(message->attached);
    g_clear_pointer(&message->reports, g_ptr_array_unref);
    g_clear_pointer(&message->failed_recipients, g_ptr_array_unref);
    g_free(message->returned_message_id);
    g_free(message->returned_to);
    g_clear_pointer(&message->notices, g_ptr_array_unref);
    g_free(message);
}

bool message_is_clean(gunichar c)
{
    static const struct {
        gunichar first;
        gunichar last;
    } REFUSED[] = {
        { 0x0000, 0x001f }, /* C0 */
        { 0x007f, 0x009f }, /* delete and C1 */
        { 0x061c, 0x061c }, /* Arabic letter mark */
        { 0x200e, 0x200f }, /* left-to-right and right-to-left mark */
        { 0x2028, 0x202e }, /* line and paragraph separator, embeddings and overrides */
        { 0x2066, 0x2069 }, /* isolates */
        { 0xfeff, 0xfeff }, /* byte order mark */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
        if (c >= REFUSED[i].first && c <= REFUSED[i].last)
            return false;
    }
    return true;
}

const Mailbox *message_author(const Message *message)
{
    if (message->from_fields != 1 || message->from->len != 1)
        return NULL;
    const Mailbox *author = message->from->pdata[0];
    return author->address != NULL ? author : NULL;
}
